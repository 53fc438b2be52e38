"""A gRPC server on loopback (grpcio) with a health service.

Its one argument is JSON: {"services": {"name": status number}, "certificate", "key"}; without "services" it has no health service. The service
"slow" is not answered, "raw 0801" by those bytes. Prints "listening PORT".
"""
import json
import sys
import threading
from concurrent import futures

import grpc

config = json.loads(sys.argv[1])
services = config.get("services")


def check(request, context):
    # HealthCheckRequest { string service = 1; }
    name = request[2:].decode() if request else ""
    if name == "slow":
        threading.Event().wait()
    if name.startswith("raw"):
        return bytes.fromhex(name[3:])
    if name not in services:
        context.abort(grpc.StatusCode.NOT_FOUND, "there is no service " + name)
    # HealthCheckResponse { enum status = 1; }, behind a field of the future
    return bytes([0x12, 3]) + b"new" + bytes([0x08, services[name]])


server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
if services is not None:
    handler = grpc.unary_unary_rpc_method_handler(check)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": handler}),))
if "certificate" in config:
    with open(config["key"], "rb") as key, open(config["certificate"], "rb") as certificate:
        credentials = grpc.ssl_server_credentials([(key.read(), certificate.read())])
    port = server.add_secure_port("127.0.0.1:0", credentials)
else:
    port = server.add_insecure_port("127.0.0.1:0")
server.start()
print("listening", port, flush=True)
server.wait_for_termination()
