"""A stand-in for SumUp's API: the same answers, buyers and troubles, and no money.

`python -m local.sumup --port 8788` starts it on the loopback address. The map:

* `payments`, `merchants`, `grants`: what exists, and the rules of its states; no web;
* `world`: all of it together, changed only by its methods, under an injected clock;
* `validation`, `cards`, `history`, `payouts`: what SumUp accepts, how test cards end, its lists;
* `refusals`, `answers`, `exact_json`: the shapes on the wire;
* `api`, `oauth`, `hosted`: the routes of SumUp, of its consent page, of its buyers;
* `steering`, `workbench`: the control routes, under `/_sim`;
* `faults`, `middleware`, `webhooks`, `server`: troubles on demand, notifications, the process;
* `control`: the client that tests and the demo use; `embedded`: a simulator inside a test.

Everything that changes state runs on one event loop and never awaits half way through a change,
so requests cannot see each other's unfinished work.
"""
