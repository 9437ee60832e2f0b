#!/bin/sh
# Make .venv with the first Python that can run Limelight, or say what to install.
set -eu

suitable='import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

if [ -x .venv/bin/python ] && .venv/bin/python -c "$suitable" 2>/dev/null; then
    exit 0
fi
for python in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
    if "$python" -c "$suitable" >/dev/null 2>&1; then
        echo "Making .venv with $("$python" --version) ($(command -v "$python"))"
        rm -rf .venv
        exec "$python" -m venv .venv
    fi
done

{
    echo "No suitable Python was found: Limelight needs Python 3.11, 3.12 or 3.13 with venv."
    for python in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
        if command -v "$python" >/dev/null 2>&1; then
            echo "  $python: $("$python" -c 'import sys, venv, ensurepip; print(sys.version.split()[0])' 2>&1 | tail -n 1)"
        fi
    done
    echo "Install one (on Debian: apt-get install python3 python3-venv) and run make again,"
    echo "or name one: make PYTHON=/path/to/python3.12 $*"
} >&2
exit 1
