//! What a program needs of the contract of one method: the files to generate its stubs from, and where its message is.

use std::collections::BTreeSet;

use prost_reflect::{FileDescriptor, Kind, MessageDescriptor, ServiceDescriptor};

use super::{MethodInfo, Schema};
use crate::model::MethodPath;

/// The contract of one method, as generators of code see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// The method.
    pub info: MethodInfo,
    /// The file of its service.
    pub file: ContractFile,
    /// The file of its input.
    pub input_file: ContractFile,
    /// That file and all that it imports, its own first; protobuf's own files, which every generator brings, left out.
    pub files: Vec<ContractFile>,
    /// Packages whose types are used, sorted.
    pub packages: Vec<String>,
}

/// One file of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractFile {
    /// As it is imported: `shop/orders.proto`.
    pub name: String,
    /// `shop.orders.v1`; empty when it has none.
    pub package: String,
    /// The option `go_package`, with the name of the package behind a semicolon where that is given.
    pub go_package: Option<String>,
}

impl ContractFile {
    fn of(file: &FileDescriptor) -> Self {
        let proto = file.file_descriptor_proto();
        let options = proto.options.as_ref();
        let go_package = options.and_then(|options| options.go_package.clone());
        Self {
            name: file.name().to_owned(),
            package: file.package_name().to_owned(),
            go_package: go_package.filter(|path| !path.is_empty()),
        }
    }
}

impl Schema {
    /// The contract of a method; `None` for one that the schema does not have.
    pub fn contract(&self, method: &MethodPath) -> Option<Contract> {
        let info = self.method(method)?.clone();
        let service = self.pool().get_service_by_name(&method.service)?;
        let mut all = Vec::new();
        gather(&service.parent_file(), &mut all);
        let packages = packages(&service, &all).into_iter().collect();
        let files = all.iter().filter(|file| !is_own(file)).map(ContractFile::of).collect();
        let input = self.descriptor(&info.input)?;
        Some(Contract {
            file: ContractFile::of(&service.parent_file()),
            input_file: ContractFile::of(&input.parent_file()),
            files,
            packages,
            info,
        })
    }
}

fn is_own(file: &FileDescriptor) -> bool {
    file.name().starts_with("google/protobuf/")
}

fn gather(file: &FileDescriptor, all: &mut Vec<FileDescriptor>) {
    if all.contains(file) {
        return;
    }
    all.push(file.clone());
    file.dependencies().for_each(|import| gather(&import, all));
}

/// The packages that code of the service's package names, directly or through other packages.
fn packages(service: &ServiceDescriptor, files: &[FileDescriptor]) -> BTreeSet<String> {
    let mut open = vec![service.package_name().to_owned()];
    let mut found = BTreeSet::new();
    while let Some(package) = open.pop() {
        if package == "google.protobuf" || !found.insert(package.clone()) {
            continue;
        }
        for file in files.iter().filter(|file| file.package_name() == package) {
            let mut messages: Vec<MessageDescriptor> = file.messages().collect();
            while let Some(message) = messages.pop() {
                messages.extend(message.child_messages());
                open.extend(message.fields().filter_map(|field| match field.kind() {
                    Kind::Message(other) => Some(other.package_name().to_owned()),
                    Kind::Enum(other) => Some(other.package_name().to_owned()),
                    _ => None,
                }));
            }
            for method in file.services().flat_map(|service| service.methods().collect::<Vec<_>>())
            {
                let types = [method.input(), method.output()];
                open.extend(types.map(|message| message.package_name().to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::load_virtual;

    #[test]
    fn a_contract_names_its_files_and_the_packages_that_are_used() {
        let loaded = load_virtual(&[
            (
                "shop/a.proto",
                "syntax = \"proto3\"; package shop.a; option go_package = \"example.com/a;apb\";
                import \"google/protobuf/empty.proto\"; import \"shop/b.proto\"; import \"shop/unused.proto\";
                message In { message Deep { shop.b.Kind kind = 1; } Deep deep = 1; }
                service S { rpc Call(In) returns (google.protobuf.Empty); }",
            ),
            ("shop/b.proto", "syntax = \"proto3\"; package shop.b; enum Kind { NONE = 0; }"),
            ("shop/unused.proto", "syntax = \"proto3\"; package shop.unused; message U {}"),
        ]);
        assert_eq!(loaded.problems, []);
        let path = |method: &str| MethodPath::parse(method).unwrap();
        let contract = loaded.schema.contract(&path("shop.a.S/Call")).unwrap();
        let names: Vec<&str> = contract.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["shop/a.proto", "shop/b.proto", "shop/unused.proto"]);
        assert_eq!(contract.packages, ["shop.a", "shop.b"]);
        assert_eq!(contract.file.go_package.as_deref(), Some("example.com/a;apb"));
        assert_eq!(contract.input_file, contract.file);
        assert_eq!(loaded.schema.contract(&path("shop.a.S/Gone")), None);
    }
}
