#!/bin/bash
# debian-deps.sh PREFIX [SOURCE/SUITE=FILE...]: unpacks xsimd, Catch2, Google Benchmark, Eigen and oneTBB into PREFIX/usr
# on Debian, and saves what upstream wrote of SOURCE, a source package of SUITE, as the archive FILE.
# Packages are downloaded and unpacked, never installed: no root, no change to the machine or to apt's sources.
# Each comes from the oldest suite that has a version recent enough; signatures are checked.
set -euo pipefail
prefix=$(mkdir -p "${1:?usage: debian-deps.sh PREFIX}" && cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# whichever mirror this machine uses, also before its first apt-get update
mirror=$(apt-get update --print-uris | sed -n "s#^'\(.*\)/dists/[a-z]*/InRelease'.*#\1#p" | head -n 1)
[ -n "$mirror" ] || { echo "debian-deps.sh: apt has no Debian mirror configured" >&2; exit 1; }

in_suite() { # SUITE get|cache ARGS...: apt with that suite alone, and state of its own
  local state=$work/$1 tool=apt-$2
  shift 2
  # a mirror may lag behind the week for which testing's index is valid
  "$tool" -qq -o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root \
    -o Dir::Etc::sourcelist="$state/list" -o Dir::Etc::sourceparts="$state/none" \
    -o Dir::Etc::preferencesparts="$state/none" -o Dir::State::Lists="$state/lists" \
    -o Dir::State::status="$state/status" -o Dir::Cache="$state/cache" "$@"
}

open_suite() { # SUITE [SOURCES]: sources too, if not empty
  mkdir -p "$work/$1"/{none,lists,cache/archives}/partial
  : >"$work/$1/status"
  printf '%s [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
    deb "$mirror" "$1" ${2:+deb-src "$mirror" "$1"} >"$work/$1/list"
  in_suite "$1" get update
}

# (every step says || return: in `a || b` bash ignores set -e)
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
unpack bookworm-backports 3.7 libcatch2-dev # testing's is built with a newer g++ and does not link with bookworm's
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
