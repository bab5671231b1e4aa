"""A web server that ends TLS, and passes what is asked of it on to a broker behind it."""
import socket
import ssl
import threading

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("fullchain.pem", "privkey.pem")


def pass_on(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        end.close()


def serve(client):
    client = context.wrap_socket(client, server_side=True)
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(65536)
    print(head.split(b"\r\n")[0].decode(), flush=True)
    behind = socket.create_connection(("127.0.0.1", 8080))
    behind.sendall(head)
    threading.Thread(target=pass_on, args=(behind, client), daemon=True).start()
    pass_on(client, behind)


listener = socket.create_server(("0.0.0.0", 443))
print("ready", flush=True)
while True:
    threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()
