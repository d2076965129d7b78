#!/bin/bash
# debian-deps.sh PREFIX [SOURCE/SUITE=FILE...]: on Debian, unpacks xsimd, Catch2, Google Benchmark, Eigen and oneTBB
# into PREFIX/usr. For each SOURCE, a source package of SUITE, it also saves the upstream archive as FILE.
# The script downloads and unpacks packages but never installs them. It needs no root, and it changes neither the
# machine nor apt's sources. Each package comes from the oldest suite with a recent enough version, and apt checks its
# signature.
set -euo pipefail
prefix=$(mkdir -p "${1:?usage: debian-deps.sh PREFIX}" && cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Find the mirror that apt is configured to use. --print-uris works even before the first apt-get update.
mirror=$(apt-get update --print-uris | sed -n "s#^'\(.*\)/dists/[a-z]*/InRelease'.*#\1#p" | head -n 1)
[ -n "$mirror" ] || { echo "debian-deps.sh: apt has no Debian mirror configured" >&2; exit 1; }

in_suite() { # SUITE get|cache ARGS...: runs apt with only this suite and with separate state
  local state=$work/$1 tool=apt-$2
  shift 2
  # A mirror may be more than a week behind. By then testing's index has expired.
  "$tool" -qq -o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root \
    -o Dir::Etc::sourcelist="$state/list" -o Dir::Etc::sourceparts="$state/none" \
    -o Dir::Etc::preferencesparts="$state/none" -o Dir::State::Lists="$state/lists" \
    -o Dir::State::status="$state/status" -o Dir::Cache="$state/cache" "$@"
}

open_suite() { # SUITE [SOURCES]: downloads the suite's index, and that of its sources if SOURCES is not empty
  mkdir -p "$work/$1"/{none,lists,cache/archives}/partial
  : >"$work/$1/status"
  printf '%s [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
    deb "$mirror" "$1" ${2:+deb-src "$mirror" "$1"} >"$work/$1/list"
  in_suite "$1" get update
}

# bash ignores set -e within `a || b`, so each step needs its own || return.
unpack() { # SUITE MINIMUM PACKAGE [MORE...]: fails if the suite's PACKAGE is older than MINIMUM
  local suite=$1 minimum=$2 version deb
  shift 2
  open_suite "$suite" || return 1
  version=$(in_suite "$suite" cache show --no-all-versions "$1" 2>/dev/null | sed -n 's/^Version: //p') || true
  dpkg --compare-versions "${version:-0}" ge "$minimum" || return 1
  mkdir "$work/debs"
  (cd "$work/debs" && in_suite "$suite" get download "$@") || return 1
  for deb in "$work/debs"/*.deb; do
    dpkg -x "$deb" "$prefix" || return 1
    echo "$suite: ${deb##*/}"
  done
  rm -r "$work/debs"
}

unpack bookworm 1.7 libbenchmark-dev libbenchmark1debian libeigen3-dev
unpack bookworm 2021 libtbb-dev libtbb12 libtbbmalloc2 libtbbbind-2-5
unpack bookworm-backports 3.7 libcatch2-dev # testing's version is built with a newer g++, so bookworm's cannot link it
unpack forky 14.3 libxsimd-dev || unpack sid 14.3 libxsimd-dev

for source in "${@:2}"; do
  file=${source#*=} source=${source%%=*}
  suite=${source#*/} source=${source%/*}
  open_suite "$suite" sources
  mkdir "$work/source"
  (cd "$work/source" && in_suite "$suite" get source --download-only "$source")
  mkdir -p "$(dirname "$file")"
  mv "$work/source/${source}"_*.orig.tar.[gx]z "$file"
  rm -r "$work/source"
done
