//! Files that resolve with no import root: `google/protobuf`, `google/api`, `google/rpc`, `google/type`.

use std::sync::LazyLock;

use prost::Message as _;
use prost_types::{FileDescriptorProto, FileDescriptorSet};
use protox::file::{FileResolver as _, GoogleFileResolver};

/// Import name of the file that has the options of everything.
pub(super) const DESCRIPTOR: &str = "google/protobuf/descriptor.proto";

macro_rules! bundled {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../../assets/protos/", $name)))),*]
    };
}

/// Import name and text, sorted by name.
const FILES: &[(&str, &str)] = bundled! {
    "google/api/annotations.proto"
    "google/api/auth.proto"
    "google/api/backend.proto"
    "google/api/billing.proto"
    "google/api/client.proto"
    "google/api/config_change.proto"
    "google/api/consumer.proto"
    "google/api/context.proto"
    "google/api/control.proto"
    "google/api/distribution.proto"
    "google/api/documentation.proto"
    "google/api/endpoint.proto"
    "google/api/error_reason.proto"
    "google/api/field_behavior.proto"
    "google/api/field_info.proto"
    "google/api/http.proto"
    "google/api/httpbody.proto"
    "google/api/label.proto"
    "google/api/launch_stage.proto"
    "google/api/log.proto"
    "google/api/logging.proto"
    "google/api/metric.proto"
    "google/api/monitored_resource.proto"
    "google/api/monitoring.proto"
    "google/api/policy.proto"
    "google/api/quota.proto"
    "google/api/resource.proto"
    "google/api/routing.proto"
    "google/api/service.proto"
    "google/api/source_info.proto"
    "google/api/system_parameter.proto"
    "google/api/usage.proto"
    "google/api/visibility.proto"
    "google/rpc/code.proto"
    "google/rpc/context/attribute_context.proto"
    "google/rpc/context/audit_context.proto"
    "google/rpc/error_details.proto"
    "google/rpc/http.proto"
    "google/rpc/status.proto"
    "google/type/calendar_period.proto"
    "google/type/color.proto"
    "google/type/date.proto"
    "google/type/datetime.proto"
    "google/type/dayofweek.proto"
    "google/type/decimal.proto"
    "google/type/expr.proto"
    "google/type/fraction.proto"
    "google/type/interval.proto"
    "google/type/latlng.proto"
    "google/type/localized_text.proto"
    "google/type/money.proto"
    "google/type/month.proto"
    "google/type/phone_number.proto"
    "google/type/postal_address.proto"
    "google/type/quaternion.proto"
    "google/type/timeofday.proto"
};

/// The parsed file of this import name.
pub(super) fn file(name: &str) -> Option<FileDescriptorProto> {
    if let Some(file) = compiled(name) {
        return Some(file.clone());
    }
    if is_protobuf(name) {
        return GoogleFileResolver::new().open_file(name).ok().map(Into::into);
    }
    protox_parse::parse(name, text(name)?).ok()
}

/// `descriptor.proto` with the features of editions, which the one of protox has not, and what extends them. Compiled:
/// nearly every public schema imports it, and protox cannot parse it.
fn compiled(name: &str) -> Option<&'static FileDescriptorProto> {
    static SET: LazyLock<FileDescriptorSet> = LazyLock::new(|| {
        let set: &[u8] = include_bytes!("../../../assets/protos/features.binpb");
        FileDescriptorSet::decode(set).unwrap_or_default()
    });
    SET.file.iter().find(|file| file.name() == name)
}

/// Whether this import name resolves without a root.
pub(super) fn contains(name: &str) -> bool {
    text(name).is_some()
        || compiled(name).is_some()
        || (is_protobuf(name) && GoogleFileResolver::new().open_file(name).is_ok())
}

/// Files of protobuf itself are never taken from disk: newer copies are written in editions.
pub(super) fn is_protobuf(name: &str) -> bool {
    name.starts_with("google/protobuf/")
}

fn text(name: &str) -> Option<&'static str> {
    let at = FILES.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    FILES.get(at).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_list_is_sorted_and_every_file_parses() {
        assert!(FILES.is_sorted());
        for (name, _) in FILES {
            assert!(file(name).is_some(), "{name}");
        }
        for name in ["any", "descriptor", "cpp_features", "go_features", "java_features"] {
            let name = ["google/protobuf/", name, ".proto"].concat();
            assert!(contains(&name) && file(&name).is_some(), "{name}");
        }
        assert!(!contains("google/protobuf/nothing.proto") && !contains("a.proto"));
    }

    #[test]
    fn the_list_holds_every_file_of_the_folder() {
        fn count(folder: &Path) -> usize {
            std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .map(|path| {
                    if path.is_dir() {
                        count(&path)
                    } else {
                        usize::from(path.extension().is_some_and(|ext| ext == "proto"))
                    }
                })
                .sum()
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/protos");
        assert_eq!(count(&folder.join("google")), FILES.len());
    }
}
