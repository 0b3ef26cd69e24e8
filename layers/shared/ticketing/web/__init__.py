"""HTTP: request bodies, schemas, pages, and what a buyer reads of an order."""
