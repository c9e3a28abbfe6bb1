//! `hoplens compare`: one logical call by every way that exists.

use super::args::{CompareArgs, Format};
use super::ask::schema;
use super::call::{could_not, request_of};
use super::exit::Exit;
use super::report::print;
use super::{compare_json, compare_table, wire};
use crate::flow::{LIGHT, png};
use crate::model::{Address, MethodPath, NoWay, Security, Target};
use crate::schema::Schema;
use crate::session::{
    CompareOrder, ComparePlaces, Comparison, Headless, OwnDemo, compare_at, comparison_chart,
    comparison_csv, sample_schema,
};
use crate::text::{Language, compare_word, fill, speaking, t};

/// Compares and reports.
pub(super) async fn run(headless: &Headless, args: CompareArgs) -> Exit {
    match compared(headless, &args).await {
        Ok(comparison) => tell(&comparison, &args),
        Err(exit) => exit,
    }
}

async fn compared(headless: &Headless, args: &CompareArgs) -> Result<Comparison, Exit> {
    let Some(method) = MethodPath::parse(&args.method) else {
        return Err(could_not(&fill("cli.bad_method", &[("method", &args.method)])));
    };
    let places = places(args).map_err(|words| could_not(&words))?;
    let mut targets = [&places.grpc, &places.gateway, &places.json].into_iter();
    let asked = targets.find_map(|place| place.as_ref().ok());
    let samples = sample_schema();
    let is_demo =
        !args.schema.is_from_files() && (asked.is_none() || samples.method(&method).is_some());
    let known: Schema = match asked {
        _ if is_demo => samples,
        None => return Err(could_not(t("cli.compare_where"))),
        Some(target) => {
            schema(headless, &args.schema, target, &args.peer).await.ok_or(Exit::CouldNotAsk)?
        }
    };
    // Which target stands in it does not matter: each way has its own.
    let anywhere = asked.cloned().unwrap_or_else(nowhere);
    let data = args.data.as_deref();
    let request = request_of(method, data, Format::Json, &args.peer, anywhere, &known)?;
    let order = CompareOrder::new(&known, request, is_demo, args.n_calls);
    let Some(order) = order else { return Err(Exit::CouldNotAsk) };
    if asked.is_some() {
        return Ok(compare_at(&order, &places, |_| {}).await);
    }
    let demo = OwnDemo::start()
        .await
        .map_err(|error| could_not(&fill("cli.compare_demo", &[("cause", &error)])))?;
    let comparison = demo.compare(&order, |_| {}).await;
    demo.close().await;
    Ok(comparison)
}

fn places(args: &CompareArgs) -> Result<ComparePlaces, String> {
    let target = |text: &Option<String>| -> Result<Option<Target>, String> {
        text.as_deref().map(|text| args.peer.target(text)).transpose()
    };
    Ok(ComparePlaces {
        grpc: target(&args.grpc)?.ok_or(NoWay::NoServer),
        json: target(&args.http)?.ok_or(NoWay::NoServer),
        gateway: target(&args.gateway)?.ok_or(NoWay::NoGateway),
        deserted: None,
    })
}

fn nowhere() -> Target {
    let address = Address::Tcp { host: String::new(), port: 0 };
    Target { address, security: Security::Plaintext, path: String::new() }
}

fn tell(comparison: &Comparison, args: &CompareArgs) -> Exit {
    print(&if args.json {
        compare_json::comparison(comparison)
    } else {
        compare_table::comparison(comparison)
    });
    if let Some(path) = &args.csv
        && let Err(exit) = wire::write(path, comparison_csv(comparison).as_bytes())
    {
        return exit;
    }
    if let Some(path) = &args.png {
        // The letters that are shipped are those of English.
        let chart = speaking(Language::English, || comparison_chart(comparison, &compare_word));
        let Some(bytes) = png(&chart, &LIGHT) else {
            let cause = std::io::Error::from(std::io::ErrorKind::OutOfMemory);
            let args: [(&str, &dyn std::fmt::Display); 2] =
                [("what", &path.display()), ("cause", &cause)];
            return could_not(&fill("cli.cannot_write", &args));
        };
        if let Err(exit) = wire::write(path, &bytes) {
            return exit;
        }
    }
    let is_answered = comparison.ways.iter().any(|way| !way.http_version.is_empty());
    if is_answered { Exit::Ok } else { could_not(t("cli.compare_nobody")) }
}
