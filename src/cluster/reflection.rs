//! Health and both versions of server reflection, which every gRPC service here offers beside its own methods.

use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_reflection::server::Builder;

use super::error::ClusterError;

/// Their full names.
pub(super) const SYSTEM_SERVICES: [&str; 3] = [
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
];

/// Routes with health and reflection for services of these names, whose contract this descriptor set is.
pub(super) async fn system_routes(
    services: &[&str],
    descriptor_set: &[u8],
) -> Result<Routes, ClusterError> {
    let (reporter, health) = tonic_health::server::health_reporter();
    for service in services {
        reporter.set_service_status(*service, ServingStatus::Serving).await;
    }
    let reflection = || {
        services
            .iter()
            .chain(&SYSTEM_SERVICES)
            .fold(Builder::configure(), |builder, name| builder.with_service_name(*name))
            .register_encoded_file_descriptor_set(descriptor_set)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(
                tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
            )
            .include_reflection_service(false)
    };
    let routes = Routes::new(health);
    Ok(routes.add_service(reflection().build_v1()?).add_service(reflection().build_v1alpha()?))
}
