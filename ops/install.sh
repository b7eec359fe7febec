#!/usr/bin/env bash
# Makes the virtual environment from locked requirements: ops/install.sh run|dev
# Needs bash and Python 3.11 or newer, nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."

which=$1
lock=requirements/$which.txt

fail() {
    printf 'fordeling: %s\n' "$1" >&2
    exit 1
}

find_python() {
    local name
    for name in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        if [ -n "$name" ] && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    fail "Python 3.11 or newer is missing: install it, or name it with PYTHON=/path/to/python3."
}

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python cannot make virtual environments: install python3-venv (Debian, Ubuntu: apt-get install python3-venv), then run make again."
    echo "Making the virtual environment .venv"
    "$python" -m venv --clear .venv
fi

total=$(grep -cE '^[a-z0-9].*==' "$lock")
echo "Installing up to $total Python packages from $lock (a minute or two the first time)"
log=.venv/install-$which.log
if [ -t 1 ]; then back='\r'; else back='\n'; fi
.venv/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off \
    --require-hashes -r "$lock" 2>&1 | tee "$log" |
    awk -v total="$total" -v back="$back" '
        /^Collecting/ { n++; if (back == "\\r" || n % 20 == 0) { printf "  %d fetched" back, n; fflush() } }
        /^Installing collected/ { print "  unpacking   "; fflush() }' ||
    fail "pip failed: $(grep -m1 '^ERROR' "$log" || tail -n 1 "$log") (the whole log: $log)"

.venv/bin/python ops/link.py
