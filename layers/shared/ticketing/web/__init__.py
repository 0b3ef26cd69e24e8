"""HTTP: routes, request bodies, schemas, pages, and the texts about an order for its buyer."""
