"""Write docs/licenses.md, the licenses of all locked packages: ``python -m scripts.licenses``.

They are read from the metadata of the installed packages: install requirements-dev.txt first.
"""

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
PAGE = CHECKOUT / "docs" / "licenses.md"
APP, CLUSTER = "app", "cluster"
# Packages of other systems are not installed here, and namex names its license in a file only.
KNOWN = {"colorama": "BSD-3-Clause", "namex": "Apache-2.0", "tensorflow": "Apache-2.0"}
SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 3-Clause": "BSD-3-Clause",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
MAX_LICENSE = 40  # characters; what is longer is the license's text
# Libraries inside wheels whose licenses ask more than to be named. GCC's runtime has an exception for its users.
COPYLEFT = {
    "x265": "GPL-2.0-or-later",
    "heif": "LGPL-3.0-or-later",
    "de265": "LGPL-3.0-or-later",
    "avcodec": "LGPL-2.1-or-later",
    "avformat": "LGPL-2.1-or-later",
    "avutil": "LGPL-2.1-or-later",
    "swresample": "LGPL-2.1-or-later",
    "swscale": "LGPL-2.1-or-later",
    "gfortran": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "gomp": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "quadmath": "LGPL-2.1-or-later",
}
HEAD = "\n".join(
    [
        "# Licenses",
        "",
        "The project is under the Apache License 2.0 ([LICENSE](../LICENSE)). "
        "It installs these packages, which `pip` fetches from the package index; it contains none of them.",
        "`python -m scripts.licenses` writes this page from the metadata of the installed packages. "
        "A license that a package names without its variant stands here as the package names it.",
        "",
        "The app needs only packages whose licenses allow their use in programs of any license. One optional package "
        "is different: the wheels of pillow-heif, which reads the HEIC photos of iPhones, contain the encoder x265, "
        "which is under the GPL. The app never encodes HEIC, but it loads a library that is linked with x265.",
        "So the app works without pillow-heif: a HEIC photo is then refused with a sentence that says what to install. "
        "Those who pass on an image or a bundle with it pass on x265, too; `cluster/Dockerfile` leaves it out.",
        "",
        "No kept package only decodes HEIC at the end of 2026. pi-heif, by the same author, was discontinued in June "
        "2026 with libheif 1.23.0. Later versions of libheif mended holes through which a photo could run code, so "
        "photos of strangers should not be decoded with it.",
        "",
    ]
)


def locked_packages() -> dict[str, str]:
    """Return what needs each package of the lock files, by package name."""
    needs: dict[str, str] = {}
    for lock, reason in (("requirements-cluster.lock", CLUSTER), ("requirements.lock", APP)):
        needs |= dict.fromkeys(names_in((CHECKOUT / lock).read_text(encoding="utf8")), reason)
    return dict(sorted(needs.items()))


def names_in(requirements: str) -> list[str]:
    r"""Return the packages that a requirements file or a lock file names, in the form in which names are compared.

    >>> names_in("# of\nRay_x[client]>=2\nray.y==1 ; sys_platform == 'linux' \\\n    --hash=sha256:0\n")
    ['ray-x', 'ray-y']
    """
    names = re.findall(r"^([A-Za-z0-9][\w.-]*)", requirements, re.MULTILINE)
    return [re.sub(r"[-_.]+", "-", name).lower() for name in names]


def license_of(name: str) -> str:
    """Return the license that a package states in its metadata.

    Raises:
        PackageNotFoundError: it is not installed.
        ValueError: it states none.
    """
    if name in KNOWN:
        return KNOWN[name]
    metadata = distribution(name).metadata
    if expressions := metadata.get_all("License-Expression", []):
        return str(expressions[0])
    classified = [str(text).rpartition(" :: ")[2] for text in metadata.get_all("Classifier", []) if "License" in text]
    stated = "".join(map(str, metadata.get_all("License", [])))
    # "BSD 3-Clause" in the field says more than "BSD License" in the classifier.
    for text in [stated] * (len(stated) <= MAX_LICENSE) + classified:
        if text and not text.startswith("Copyright"):
            return SPDX.get(text, text)
    raise ValueError(f"{name} states no license. Expected one in its metadata. Add it to KNOWN.")


def copyleft_libraries(package: Distribution) -> list[str]:
    """Return the libraries with a reciprocal license that a package's wheel contains, each with that license."""
    names = {re.split(r"[-.]", file.name.removeprefix("lib"))[0] for file in package.files or () if ".so" in file.name}
    return [f"lib{name}: {COPYLEFT[name]}" for name in sorted(names & COPYLEFT.keys())]


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """Return rows as a Markdown table; the first one is its head."""
    head, *others = rows
    lines = [head, ("---",) * len(head), *others]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def page() -> str:
    """Return the text of the page."""
    needs = locked_packages()
    rows = [(name, license_of(name), reason) for name, reason in needs.items()]
    inside = []
    for name in needs:
        try:
            libraries = copyleft_libraries(distribution(name))
        except PackageNotFoundError:
            continue
        inside += [(name, ", ".join(libraries))] * bool(libraries)
    return "\n".join(
        [
            HEAD,
            table([("package", "license", "needed by"), *rows]),
            "",
            "## Libraries inside wheels",
            "",
            "Wheels for Linux on x86-64 that contain libraries under the GPL or LGPL, linked dynamically:",
            "",
            table([("package", "libraries"), *inside]),
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf8")
