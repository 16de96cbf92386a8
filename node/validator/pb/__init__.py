"""Generated gRPC stubs; the sources are the .proto files beside them."""
