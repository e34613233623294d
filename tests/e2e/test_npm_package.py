"""The npm package: packed offline, understood by TypeScript, and shown by a page that has no bundler."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from host_site import host_site
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
CONSUMER = """
import { type SlotQuery, SlotPickerElement, setStrings } from "@convene/elements";
import "@convene/elements/upcoming";
import manifest from "@convene/elements/custom-elements.json" with { type: "json" };

const query: SlotQuery = {
  participants: [{ members: [{ sub: "acc_ana", managed_availability: true }], required: "all" }],
  required_duration: { minutes: 30 },
};
const picker: SlotPickerElement = document.createElement("convene-slot-picker");
picker.query = query;
picker.elementToken = "token";
picker.addEventListener("convene-slot-select", (event) => {
  const start: string = event.detail.start;
  console.log(start, event.detail.confirm, manifest.schemaVersion);
});
document.addEventListener("convene-booked", (event) => console.log(event.detail.booking.revision.toFixed()));
document.querySelector("convene-upcoming")?.refresh().then(() => undefined);
setStrings({ today: "Now" });
"""
WRONG = """
import "@convene/elements";
document.createElement("convene-slot-picker").query = { participants: 3 };
document.addEventListener("convene-booked", (event) => event.detail.nothing);
"""
OPTIONS = {
    "compilerOptions": {
        "strict": True,
        "noEmit": True,
        "target": "ES2022",
        "module": "ESNext",
        "moduleResolution": "bundler",
        "resolveJsonModule": True,
        "lib": ["ES2022", "DOM", "DOM.Iterable"],
        "types": [],
        # Lit's own declarations are not ours to check; those of the package are.
        "skipLibCheck": False,
    },
    "files": ["page.ts"],
}


def npm(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run npm of the Python package that brings Node."""
    command = [sys.executable, str(ROOT / "hatch_build.py"), "--in", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A consumer's folder with the packed package and Lit in its `node_modules`."""
    folder = tmp_path_factory.mktemp("consumer")
    made = npm(WEB, "run", "--silent", "pack")
    assert made.returncode == 0, made.stderr
    packed = npm(WEB / "dist-npm", "pack", "--offline", "--silent", "--pack-destination", str(folder))
    assert packed.returncode == 0, packed.stderr
    (archive,) = folder.glob("*.tgz")
    modules = folder / "node_modules"
    (modules / "@convene").mkdir(parents=True)
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    (folder / "package").rename(modules / "@convene" / "elements")
    for name in ("lit", "lit-html", "lit-element", "@lit", "@types"):
        (modules / name).symlink_to(WEB / "node_modules" / name)
    return folder


def complaints(folder: Path, page: str) -> list[str]:
    """What the compiler says of a page that uses the package."""
    (folder / "page.ts").write_text(page)
    (folder / "tsconfig.json").write_text(json.dumps(OPTIONS))
    compiler = WEB / "node_modules" / "typescript" / "bin" / "tsc"
    scripts = {"check": f"node {compiler} --project . --pretty false"}
    (folder / "package.json").write_text(
        json.dumps({"name": "consumer", "private": True, "scripts": scripts})
    )
    done = npm(folder, "run", "--silent", "check")
    told = [line for line in done.stdout.splitlines() if "error TS" in line]
    assert (done.returncode == 0) == (told == []), done.stdout + done.stderr
    return told


def test_typescript_understands_the_package(installed: Path):
    assert complaints(installed, CONSUMER) == []


def test_typescript_refuses_what_the_elements_would_not_understand(installed: Path):
    told = complaints(installed, WRONG)
    assert len(told) == 2, told
    assert all(line.startswith("page.ts") for line in told)


def test_a_page_without_a_bundler_shows_the_elements_and_the_manifest_tells_the_truth(
    installed: Path, chromium: Browser
):
    package = installed / "node_modules" / "@convene" / "elements"
    manifest = json.loads((package / "custom-elements.json").read_text())
    declared = {
        declaration["tagName"]: {attribute["name"] for attribute in declaration["attributes"]}
        for module in manifest["modules"]
        for declaration in module["declarations"]
    }
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    with host_site() as site:
        site.folders["/node_modules/@convene/elements/"] = package
        body = "".join(f"<{tag}></{tag}>" for tag in declared)
        page.goto(site.add(body, "/node_modules/@convene/elements/browser/elements.js"))
        expect(page.get_by_role("button", name="Schedule a meeting")).to_be_visible()
        for tag, attributes in declared.items():
            page.wait_for_function("tag => customElements.get(tag) !== undefined", arg=tag)
            observed = page.evaluate("tag => customElements.get(tag).observedAttributes", tag)
            assert set(observed) == attributes, tag
        assert page.evaluate("() => [...document.querySelectorAll(':not(:defined)')].length") == 0
    context.close()
    assert errors == []
    description = json.loads((package / "package.json").read_text())
    assert (description["name"], description["type"]) == ("@convene/elements", "module")
    assert (package / "LICENSE").is_file()
    assert (package / "README.md").is_file()
    for entry in description["exports"].values():
        for path in (entry,) if isinstance(entry, str) else entry.values():
            assert "*" in path or (package / path).is_file(), path
