//! The command line through a proxy: by option, by environment, and around it.

use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::command_line::demo;
use crate::program::{Done, Running};

/// Speaks CONNECT, notes what it is asked for, and goes on to `server` whatever that was.
async fn proxy(server: SocketAddr) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let noted = Arc::clone(&noted);
            tokio::spawn(async move {
                let mut client = BufReader::new(stream);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") {
                    client.read_line(&mut head).await.unwrap();
                }
                noted.lock().push(head.split_whitespace().nth(1).unwrap().to_owned());
                client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                let mut behind = TcpStream::connect(server).await.unwrap();
                tokio::io::copy_bidirectional(&mut client, &mut behind).await.ok();
            });
        }
    });
    (address, asked)
}

async fn with(env: &[(&str, &str)], args: &[&str]) -> Done {
    Running::start_with(args, None, env).done().await
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_go_through_the_proxy_that_is_named_and_around_it() {
    let (desk, greeter, gateway) = demo().await;
    let (grpc, asked) = proxy(greeter.parse().unwrap()).await;
    let url = format!("http://{grpc}");
    let there = "http://greeter.example:50051";
    let list = ["list", there];
    let hello = ["call", there, "Greeter/SayHello", "-d", r#"{"name":"Ada"}"#];
    let done = with(&[("https_proxy", &url)], &hello).await.with(0);
    assert!(done.stdout.contains("Hello Ada"), "{done:?}");
    // By the option, for reflection alone; the environment does not count then.
    let by_option = [&list[..], &["--proxy", &url]].concat();
    let done = with(&[("grpc_proxy", "http://127.0.0.1:1")], &by_option).await.with(0);
    assert!(done.stdout.contains("Greeter"), "{done:?}");
    let names = std::mem::take(&mut *asked.lock());
    assert!(
        names.len() >= 2 && names.iter().all(|name| name == "greeter.example:50051"),
        "{names:?}"
    );

    // Around it: this machine, what no_proxy names, and by order.
    let here = ["list", greeter.as_str()];
    with(&[("https_proxy", &url)], &here).await.with(0);
    let named = [("https_proxy", url.as_str()), ("no_proxy", "example")];
    with(&named, &list).await.with(2).saying(&["greeter.example"]);
    let direct = [&list[..], &["--proxy", "none"]].concat();
    with(&[("https_proxy", &url)], &direct).await.with(2).saying(&["greeter.example"]);
    assert!(asked.lock().is_empty());

    // HTTP in the clear has a variable of its own.
    let (http, asked) = proxy(gateway.parse().unwrap()).await;
    let get = ["http", "GET", "http://shop.example/nothing"];
    let set = [("http_proxy", http.as_str()), ("https_proxy", "http://127.0.0.1:1")];
    with(&set, &get).await.with(0).saying(&["404"]);
    assert_eq!(*asked.lock(), ["shop.example:80"]);

    // What is no proxy is named, and the password in it is not.
    let secret = "http://me:secret@127.0.0.1:1";
    let done = with(&[("all_proxy", secret)], &list).await.with(2);
    let done = done.saying(&["all_proxy", "no_proxy"]);
    assert!(!done.stderr.contains("secret"), "{done:?}");
    let bad = [&list[..], &["--proxy", "socks5://x:1"]].concat();
    with(&[], &bad).await.with(2).saying(&["--proxy"]);
    desk.close().await;
}
