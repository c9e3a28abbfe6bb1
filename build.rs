//! Compiles the sample contracts into Rust and into a descriptor set for server reflection.
//! Pure Rust (protox): no protoc is needed to build Hoplens.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use prost::Message as _;
use protox::Compiler;

/// Import roots, in the order in which they are searched.
const ROOTS: [&str; 2] = ["sample-protos", "assets/protos"];

const SAMPLES: [&str; 8] = [
    "greeter.proto",
    "shop/types.proto",
    "shop/catalog.proto",
    "shop/cart.proto",
    "shop/pricing.proto",
    "shop/payment.proto",
    "shop/orders.proto",
    "shop/support.proto",
];

/// The service of gRPC's own interoperability tests.
const INTEROP: &str = "grpc/testing/test.proto";

fn main() -> Result<(), Box<dyn Error>> {
    let watched = ["build.rs", "sample-protos", "assets/protos/google/api", "assets/protos/grpc"];
    for watched in watched {
        println!("cargo:rerun-if-changed={watched}");
    }
    let mut compiler = Compiler::new(ROOTS)?;
    compiler.include_imports(true).include_source_info(true).open_files(SAMPLES)?;

    // Encoded by protox, not by prost-types: only protox keeps the google.api.http options.
    let descriptors = PathBuf::from(env::var("OUT_DIR")?).join("samples.bin");
    fs::write(descriptors, compiler.encode_file_descriptor_set())?;

    let mut set = compiler.file_descriptor_set();
    // Nothing calls the annotations' own types from Rust.
    set.file.retain(|file| !file.package().starts_with("google.api"));
    tonic_prost_build::configure().emit_rerun_if_changed(false).compile_fds(set)?;
    interop()
}

/// Messages alone: its server frames them itself. What the tests of load balancers and xDS say to each other is no part
/// of the service.
fn interop() -> Result<(), Box<dyn Error>> {
    let mut compiler = Compiler::new(ROOTS)?;
    compiler.include_imports(true).open_file(INTEROP)?;
    let mut set = compiler.file_descriptor_set();
    for file in &mut set.file {
        file.service.retain(|service| service.name() == "TestService");
    }
    let descriptors = PathBuf::from(env::var("OUT_DIR")?).join("interop.bin");
    fs::write(descriptors, set.encode_to_vec())?;

    let used = [
        "Simple",
        "Streaming",
        "Response",
        "Empty",
        "Payload",
        "EchoStatus",
        "BoolValue",
        "TestOrca",
    ];
    for file in &mut set.file {
        file.message_type
            .retain(|message| used.iter().any(|name| message.name().starts_with(name)));
    }
    prost_build::Config::new().compile_fds(set)?;
    Ok(())
}
