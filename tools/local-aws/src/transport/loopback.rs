//! The transport of a process: HTTP/1.1 on loopback, one port for each caller, optionally with TLS.

use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::{Aws, Dropped};

pub(crate) async fn listen(
    aws: Aws,
    caller: &str,
    tls: Option<TlsAcceptor>,
) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let caller = caller.to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // With Nagle's algorithm a handshake would wait 40 ms for an acknowledgement; an error of a closed socket
            // is ignored.
            let _ = stream.set_nodelay(true);
            let (aws, caller) = (aws.clone(), caller.clone());
            match tls.clone() {
                None => tokio::spawn(serve(aws, caller, stream)),
                Some(tls) => tokio::spawn(async move {
                    // A client that does not trust the certificate reports it itself.
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(aws, caller, stream).await;
                    }
                }),
            };
        }
    });
    Ok(address)
}

async fn serve(aws: Aws, caller: String, stream: impl AsyncRead + AsyncWrite + Unpin) {
    let job_result = service_fn(|request| job_result(&aws, &caller, request));
    // An error here is a connection that a fault or a killed caller broke, as intended.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), job_result)
        .await;
}

async fn job_result(
    aws: &Aws,
    caller: &str,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Dropped> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Dropped)?.to_bytes();
    let reply = aws.handle(caller, Request::from_parts(parts, body)).await?;
    Ok(reply.map(Full::new))
}
