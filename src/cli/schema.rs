//! `hoplens list` and `hoplens describe`: what a target, or a set of files, offers.

use super::args::{DescribeArgs, ListArgs, PeerArgs, ProxyArgs, SchemaArgs};
use super::ask;
use super::call::could_not;
use super::exit::Exit;
use super::report::print;
use super::way_out;
use crate::model::ProxiedCall;
use crate::schema::Schema;
use crate::session::Headless;
use crate::text::{fill, t};

/// Prints the services, or the methods of one.
pub(super) async fn list(headless: &Headless, args: ListArgs) -> Exit {
    let schema = match read(headless, &args.target, &args.schema, &args.peer, &args.proxy).await {
        Ok(schema) => schema,
        Err(exit) => return exit,
    };
    let Some(name) = &args.service else {
        let names: Vec<&str> =
            schema.services().iter().map(|service| service.full_name.as_str()).collect();
        if names.is_empty() {
            return could_not(t("cli.no_services"));
        }
        print(&names.join("\n"));
        return Exit::Ok;
    };
    match schema.service(name) {
        Some(service) => {
            let methods: Vec<String> =
                service.methods.iter().map(|method| method.path.to_string()).collect();
            print(&methods.join("\n"));
            Exit::Ok
        }
        None => could_not(&fill("cli.unknown_symbol", &[("symbol", name)])),
    }
}

/// Prints one symbol as its contract says it.
pub(super) async fn describe(headless: &Headless, args: DescribeArgs) -> Exit {
    let schema = match read(headless, &args.target, &args.schema, &args.peer, &args.proxy).await {
        Ok(schema) => schema,
        Err(exit) => return exit,
    };
    match schema.describe(&args.symbol.replace('/', ".")) {
        Some(text) => {
            print(text.trim_end());
            Exit::Ok
        }
        None => could_not(&fill("cli.unknown_symbol", &[("symbol", &args.symbol)])),
    }
}

async fn read(
    headless: &Headless,
    target: &str,
    schema: &SchemaArgs,
    peer: &PeerArgs,
    proxy: &ProxyArgs,
) -> Result<Schema, Exit> {
    // With files named nobody is asked, so `-` may stand for no target.
    let text = if schema.is_from_files() && target == "-" { "localhost:1" } else { target };
    let target = peer.target(text).map_err(|words| could_not(&words))?;
    way_out::choose(headless, proxy, &target, ProxiedCall::Grpc)?;
    ask::schema(headless, schema, &target, peer).await.ok_or(Exit::CouldNotAsk)
}
