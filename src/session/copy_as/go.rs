//! A program of Go: grpc-go, and stubs as `protoc-gen-go` and `protoc-gen-go-grpc` generate them.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Notes;
use super::names::{Names, names};
use super::program::{Program, RowValue, gives_many, is_published, takes_many};
use super::shell::Piece;
use crate::model::{Address, Security};
use crate::schema::{ContractFile, byte_literal, literal};

/// The module of stubs whose contract names no package of Go.
const STUBS: &str = "example.com/stubs";

pub(super) fn go(program: &Program<'_>, notes: &mut Notes) -> String {
    program.lose_path(notes);
    let mut imports = BTreeSet::from(["\"context\"", "\"fmt\"", "\"log\""].map(str::to_owned));
    let mut code = Code { imports: &mut imports, lines: Vec::new() };
    code.dial(program, notes);
    code.context(program, notes);
    code.exchange(program);
    let body: String = code
        .lines
        .iter()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("\t{line}\n") })
        .collect();
    let is_standard = |import: &&String| !import.contains('.');
    let lines = |imports: Vec<&String>| -> String {
        let lines = imports.iter().map(|import| format!("\t{import}\n"));
        lines.collect::<Vec<_>>().concat()
    };
    let standard = lines(imports.iter().filter(is_standard).collect());
    let others = lines(imports.iter().filter(|import| !is_standard(import)).collect());
    format!(
        "{}\npackage main\n\nimport (\n{standard}\n{others}\n{}\n)\n\nfunc main() {{\n{body}}}\n\n\
         func check(err error) {{\n\tif err != nil {{\n\t\tlog.Fatal(err)\n\t}}\n}}\n",
        recipe(program),
        stubs(program),
    )
}

/// The commands that make the stubs. A contract without `go_package` gets one, in a module of its own.
fn recipe(program: &Program<'_>) -> String {
    let mut options = vec!["--go_out=.".to_owned(), "--go-grpc_out=.".to_owned()];
    let files: Vec<&ContractFile> =
        program.contract.files.iter().filter(|file| !is_published(&file.name)).collect();
    let unnamed: Vec<&&ContractFile> =
        files.iter().filter(|file| file.go_package.is_none()).collect();
    if !files.is_empty() && unnamed.len() == files.len() {
        options
            .extend([format!("--go_opt=module={STUBS}"), format!("--go-grpc_opt=module={STUBS}")]);
    }
    for file in &unnamed {
        let path = import_path(file);
        let name = &file.name;
        options
            .extend([format!("--go_opt=M{name}={path}"), format!("--go-grpc_opt=M{name}={path}")]);
    }
    let mut lines = String::new();
    if !unnamed.is_empty() {
        lines += &format!("// go mod init {STUBS}\n");
    }
    lines += &format!("// {}\n// go mod tidy && go run .\n", program.protoc("protoc", &options));
    lines
}

/// The imports of the stubs.
fn stubs(program: &Program<'_>) -> String {
    let own = import_path(&program.contract.file);
    let input = import_path(&program.contract.input_file);
    let mut lines = format!("\tpb {}", literal(&own, false));
    if input != own {
        lines += &format!("\n\tinputpb {}", literal(&input, false));
    }
    lines
}

/// Where the stubs of a file are imported from.
fn import_path(file: &ContractFile) -> String {
    if let Some(path) = &file.go_package {
        return path.split(';').next().unwrap_or_default().to_owned();
    }
    let stem = file.name.strip_suffix(".proto").unwrap_or(&file.name);
    let stem = stem.rsplit('/').next().unwrap_or_default();
    let below =
        if file.package.is_empty() { stem.to_owned() } else { file.package.replace('.', "/") };
    format!("{STUBS}/{below}")
}

struct Code<'a> {
    imports: &'a mut BTreeSet<String>,
    lines: Vec<String>,
}

impl Code<'_> {
    fn import(&mut self, path: &str) {
        self.imports.insert(format!("\"{path}\""));
    }

    fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    fn dial(&mut self, program: &Program<'_>, notes: &mut Notes) {
        let peer = program.peer();
        let target = match &peer.target.address {
            Address::Unix(path) => format!("unix:{}", path.display()),
            Address::Tcp { .. } => peer.target.authority(),
        };
        let names = names(peer, notes);
        self.import("google.golang.org/grpc");
        let credentials = if peer.target.security == Security::Plaintext {
            self.import("google.golang.org/grpc/credentials/insecure");
            "insecure.NewCredentials()".to_owned()
        } else {
            self.tls(program, &names)
        };
        self.line("conn, err := grpc.NewClient(");
        self.line(format!("\t{},", literal(&target, false)));
        self.line(format!("\tgrpc.WithTransportCredentials({credentials}),"));
        if let Names::Authority(authority) = &names {
            self.line(format!("\tgrpc.WithAuthority({}),", literal(authority, false)));
        }
        if let Some(agent) = program.user_agent() {
            self.line(format!("\tgrpc.WithUserAgent({}),", literal(&agent, false)));
        }
        if let Some(limit) = peer.message_limit() {
            let option = format!("grpc.MaxCallRecvMsgSize({limit})");
            self.line(format!("\tgrpc.WithDefaultCallOptions({option}),"));
        }
        self.line(")");
        self.line("check(err)");
        self.line("defer conn.Close()");
        self.line("");
    }

    fn tls(&mut self, program: &Program<'_>, names: &Names) -> String {
        let tls = &program.peer().tls;
        let mut fields = Vec::new();
        self.import("crypto/tls");
        self.import("google.golang.org/grpc/credentials");
        if let Some(file) = &tls.ca_file {
            self.import("crypto/x509");
            self.import("os");
            self.line("roots, err := x509.SystemCertPool()");
            self.line("check(err)");
            let file = literal(&file.to_string_lossy(), false);
            self.line(format!("pem, err := os.ReadFile({file})"));
            self.line("check(err)");
            self.line("roots.AppendCertsFromPEM(pem)");
            fields.push("RootCAs: roots".to_owned());
        }
        if let (Some(cert), Some(key)) = (&tls.cert_file, &tls.key_file) {
            let file = |path: &std::path::Path| literal(&path.to_string_lossy(), false);
            let (cert, key) = (file(cert), file(key));
            self.line(format!("certificate, err := tls.LoadX509KeyPair({cert}, {key})"));
            self.line("check(err)");
            fields.push("Certificates: []tls.Certificate{certificate}".to_owned());
        }
        if let Names::Certificate(name) = names {
            fields.push(format!("ServerName: {}", literal(name, false)));
        }
        if tls.is_insecure {
            fields.push("InsecureSkipVerify: true".to_owned());
        }
        format!("credentials.NewTLS(&tls.Config{{{}}})", fields.join(", "))
    }

    fn context(&mut self, program: &Program<'_>, notes: &mut Notes) {
        match program.peer().deadline.time() {
            Some(deadline) => {
                self.import("time");
                let deadline = span(deadline);
                self.line(format!(
                    "ctx, cancel := context.WithTimeout(context.Background(), {deadline})"
                ));
                self.line("defer cancel()");
            }
            None => self.line("ctx := context.Background()"),
        }
        for row in program.metadata(notes) {
            self.import("google.golang.org/grpc/metadata");
            let value = match &row.value {
                RowValue::Bytes(bytes) => byte_literal(bytes),
                RowValue::Text(pieces) => self.text(pieces),
            };
            let name = literal(&row.name, false);
            self.line(format!("ctx = metadata.AppendToOutgoingContext(ctx, {name}, {value})"));
        }
        self.line("");
    }

    fn text(&mut self, pieces: &[Piece]) -> String {
        let pieces: Vec<String> = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => literal(text, false),
                Piece::Variable(name) => {
                    self.import("os");
                    format!("os.Getenv(\"{name}\")")
                }
            })
            .collect();
        pieces.join("+")
    }

    fn exchange(&mut self, program: &Program<'_>) {
        self.import("google.golang.org/protobuf/encoding/protojson");
        let info = &program.contract.info;
        let service = camel(info.path.service.rsplit('.').next().unwrap_or_default());
        let method = camel(&info.path.method);
        self.line(format!("client := pb.New{service}Client(conn)"));
        match (takes_many(program.kind()), gives_many(program.kind())) {
            (false, false) => {
                self.request(program);
                self.line(format!("reply, err := client.{method}(ctx, request)"));
                self.line("check(err)");
                self.line("fmt.Println(protojson.Format(reply))");
            }
            (false, true) => {
                self.request(program);
                self.line(format!("stream, err := client.{method}(ctx, request)"));
                self.line("check(err)");
                self.replies();
            }
            (true, false) => {
                self.line(format!("stream, err := client.{method}(ctx)"));
                self.line("check(err)");
                self.requests(program, "");
                self.line("reply, err := stream.CloseAndRecv()");
                self.line("check(err)");
                self.line("fmt.Println(protojson.Format(reply))");
            }
            (true, true) => {
                self.line(format!("stream, err := client.{method}(ctx)"));
                self.line("check(err)");
                self.line("go func() {");
                self.requests(program, "\t");
                self.line("\tcheck(stream.CloseSend())");
                self.line("}()");
                self.replies();
            }
        }
    }

    fn request(&mut self, program: &Program<'_>) {
        self.line(format!("request := &{}{{}}", input(program)));
        if let Some(json) = program.json().first() {
            let json = raw(json);
            self.line(format!("check(protojson.Unmarshal([]byte({json}), request))"));
        }
    }

    /// Sends all; an end of the stream before that has its reason in what is received.
    fn requests(&mut self, program: &Program<'_>, indent: &str) {
        let messages: Vec<String> = program.json().iter().map(|json| raw(json)).collect();
        self.line(format!("{indent}messages := []string{{"));
        for message in messages {
            self.line(format!("{indent}\t{message},"));
        }
        self.line(format!("{indent}}}"));
        self.line(format!("{indent}for _, message := range messages {{"));
        self.line(format!("{indent}\trequest := &{}{{}}", input(program)));
        self.line(format!("{indent}\tcheck(protojson.Unmarshal([]byte(message), request))"));
        self.line(format!("{indent}\tif stream.Send(request) != nil {{"));
        self.line(format!("{indent}\t\tbreak"));
        self.line(format!("{indent}\t}}"));
        self.line(format!("{indent}}}"));
    }

    fn replies(&mut self) {
        self.import("io");
        self.line("for {");
        self.line("\treply, err := stream.Recv()");
        self.line("\tif err == io.EOF {");
        self.line("\t\tbreak");
        self.line("\t}");
        self.line("\tcheck(err)");
        self.line("\tfmt.Println(protojson.Format(reply))");
        self.line("}");
    }
}

/// The type of the requests: a nested one has its outer names before it.
fn input(program: &Program<'_>) -> String {
    let contract = &program.contract;
    let package = &contract.input_file.package;
    let input = &contract.info.input;
    let name = input.strip_prefix(&format!("{package}.")).unwrap_or(input);
    let is_own = import_path(&contract.file) == import_path(&contract.input_file);
    format!("{}.{}", if is_own { "pb" } else { "inputpb" }, camel(name))
}

/// JSON between backticks, where nothing is escaped: one inside stands as JSON writes it.
fn raw(json: &str) -> String {
    format!("`{}`", json.replace('`', "\\u0060").replace('\r', ""))
}

/// As `protoc-gen-go` makes names.
fn camel(name: &str) -> String {
    let mut made = String::new();
    let mut chars = name.chars().peekable();
    let mut before = None;
    while let Some(c) = chars.next() {
        let is_lower_next = chars.peek().is_some_and(char::is_ascii_lowercase);
        match c {
            '.' if is_lower_next => {}
            '.' => made.push('_'),
            '_' if before.is_none_or(|before| before == '.') => made.push('X'),
            '_' if is_lower_next => {}
            _ if c.is_ascii_digit() => made.push(c),
            _ => {
                made.push(c.to_ascii_uppercase());
                while let Some(lower) = chars.next_if(char::is_ascii_lowercase) {
                    made.push(lower);
                }
            }
        }
        before = made.chars().last().filter(|_| c != '.').or(Some(c));
    }
    made
}

fn span(deadline: Duration) -> String {
    let millis = deadline.as_millis();
    if millis.is_multiple_of(1000) {
        format!("{}*time.Second", millis / 1000)
    } else {
        format!("{millis}*time.Millisecond")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_as_by_the_generator() {
        let check = |name: &str, expect: &str| assert_eq!(camel(name), expect, "{name}");
        check("SayHello", "SayHello");
        check("sayHello", "SayHello");
        check("say_hello", "SayHello");
        check("Outer.Inner", "Outer_Inner");
        check("outer.inner", "OuterInner");
        check("_private", "XPrivate");
        check("get_2_things", "Get_2Things");
        check("HTTPGet", "HTTPGet");
        check("a_B", "A_B");
    }
}
