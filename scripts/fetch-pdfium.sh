#!/bin/sh
# Fetches libpdfium, the library that reads PDF files, from the Python package pypdfium2 (Apache-2.0 or BSD-3-Clause) into
# the user's data folder. Needs python3 with pip; installs nothing else, and does nothing where it has already run.
set -eu

version=5.15.2
case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) sum=c76dc0f7839644bfa7c3e3107a6068df714e339c861bb7d4519907b821d427f9 ;;
    Linux-aarch64) sum=4378615ad9710397c96c112611be9018629bbfe38805d91a2663a534b99c28ca ;;
    *) echo "No libpdfium is pinned for $(uname -s) on $(uname -m): set HOMEROOM_PDFIUM to a libpdfium of your own." >&2; exit 1 ;;
esac

target="${XDG_DATA_HOME:-$HOME/.local/share}/homeroom/lib"
library="$target/libpdfium.so"

is_right() {
    [ -f "$1" ] && echo "$sum  $1" | sha256sum --check --status
}

if is_right "$library"; then
    echo "$library is there."
    exit 0
fi
if ! python3 -m pip --version >/dev/null 2>&1; then
    echo "python3 with pip is needed (Debian: apt-get install python3-pip)." >&2
    exit 1
fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$work" "pypdfium2==$version"
python3 - "$work" <<'PYTHON'
import glob, os, sys, zipfile

work = sys.argv[1]
with zipfile.ZipFile(glob.glob(os.path.join(work, "*.whl"))[0]) as wheel:
    for name in wheel.namelist():
        licence = "/licenses/" in name and not name.endswith("/")
        if name == "pypdfium2_raw/libpdfium.so":
            target = os.path.join(work, "libpdfium.so")
        elif licence:
            target = os.path.join(work, "pdfium-licenses", name.split("/licenses/", 1)[1])
        else:
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as out:
            out.write(wheel.read(name))
PYTHON
if ! is_right "$work/libpdfium.so"; then
    echo "libpdfium.so of pypdfium2 $version is not the one that was checked: nothing was installed." >&2
    exit 1
fi
mkdir -p "$target"
rm -rf "$target/pdfium-licenses"
if [ -d "$work/pdfium-licenses" ]; then
    cp -R "$work/pdfium-licenses" "$target/pdfium-licenses"
fi
# Into place in one step, so that a run that is cut off leaves no half a library.
cp "$work/libpdfium.so" "$library.new"
mv "$library.new" "$library"
echo "$library is ready."
