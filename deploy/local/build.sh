#!/usr/bin/env bash
# Builds every image of deploy/ without an image registry, from a debootstrap root file system, as root on Debian:
#   deploy/local/build.sh [CA file for the package registries]
# Needs docker.io and debootstrap. About 1.5 GB of layers. Then use deploy/local/images.env (see deploy/README.md).
set -euo pipefail
cd "$(dirname "$0")/../.."
export DOCKER_BUILDKIT=1
secret=()
[ $# -eq 0 ] || secret=(--secret "id=ca,src=$1")
base=fordeling-local/python:3.11

if ! docker image inspect "$base" >/dev/null 2>&1; then
    root=$(mktemp -d)
    trap 'rm -rf "$root"' EXIT
    debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv,python-is-python3 bookworm "$root"
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
    tar -C "$root" -c . | docker import -c 'ENV LANG=C.UTF-8' - "$base"
fi

local_image() { docker build "${secret[@]}" -f deploy/local/Dockerfile --target "$1" -t "fordeling-local/$1" .; }

local_image node
for target in distribution municipality notification letters gateway ops simulators; do
    docker build "${secret[@]}" -f deploy/Dockerfile --target "$target" -t "fordeling/$target" \
        --build-arg "PYTHON_IMAGE=$base" --build-arg NODE_IMAGE=fordeling-local/node .
done
local_image kafka
local_image postgres
