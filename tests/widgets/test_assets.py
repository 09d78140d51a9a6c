import pytest

from persona_lab.widgets import assets, minifying

ALL = sorted(path.stem for path in assets.STATIC.glob("*.js"))
WIDGETS = assets.widgets()


@pytest.fixture
def static(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    return tmp_path


@pytest.fixture
def built(tmp_path, monkeypatch):
    """Short forms are kept in a folder of their own; returns what writes them."""
    monkeypatch.setattr(assets, "MINIFIED", tmp_path / "minified")
    assets._minified.cache_clear()
    yield lambda: (minifying.write(assets), assets._minified.cache_clear())
    assets._minified.cache_clear()


def test_there_are_widgets_to_check():
    assert "board" in WIDGETS


@pytest.mark.parametrize("name", ALL)
def test_no_static_file_uses_a_form_of_import_or_export_that_cannot_be_joined(name):
    allowed = "export default" if name in WIDGETS else None
    lines = [line for line in assets._body(name, allowed).splitlines() if line.startswith(("import", "export"))]
    assert [line for line in lines if not line.startswith("export default")] == []


@pytest.mark.parametrize("path", sorted(assets.STATIC.iterdir()), ids=lambda path: path.name)
def test_no_static_file_reaches_for_another_machine_or_writes_html(path):
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    for forbidden in ("http:", "https:", "innerHTML", "outerHTML", "insertAdjacentHTML", "@import", "eval("):
        assert forbidden not in text


def test_what_only_readers_need_stays_here_and_words_that_look_like_it_travel(static, built):
    (static / "top.js").write_text(
        "// One.\n/** Two\n * lines. */\nconst a = 1; // told\n"
        "  const b = '/* no */ // comment';\n  const c = `${a ? `${a}  people` : ' '}\n  whom  ${b}`;\n\n"
        "export default { a, b, c };\n"
    )
    built()
    assert assets.esm("top") == (
        'const a=1,b="/* no */ // comment",c=`${a?`${a}  people`:" "}\n  whom  ${b}`;export default{a,b,c}'
    )


def test_a_script_that_was_changed_since_is_given_as_it_is(static, built):
    (static / "top.js").write_text("// One.\nexport default { a: 1 };\n")
    built()
    (static / "top.js").write_text("// One.\nexport default { a: 2 };\n")
    assert assets.esm("top") == "// One.\nexport default { a: 2 };\n"
    built()
    assert assets.esm("top") == "export default{a:2}"
    assert len(list(assets.MINIFIED.iterdir())) == 1


def test_all_scripts_together_are_below_120_kb(built):
    """Each module once: what widgets share is counted with the first."""
    built()
    parts = {part for name in WIDGETS for part in assets.esm(name).split(";\n")}
    assert sum(len(part.encode()) for part in parts) < 120 * 1024


def test_a_module_that_two_others_import_is_written_once_and_before_both(static):
    (static / "top.js").write_text(
        'import { a } from "./a.js";\nimport { b } from "./b.js";\nexport default { a, b };\n'
    )
    (static / "a.js").write_text('import { z } from "./z.js";\nexport const a = z;\n')
    (static / "b.js").write_text('import { z } from "./z.js";\nexport const b = z;\n')
    (static / "z.js").write_text("export const z = 1;\n")
    joined = assets.esm("top")
    assert joined.count("const z_js =") == 1
    assert joined.index("const z_js =") < joined.index("const a_js =") < joined.index("const b_js =")


def test_an_imported_name_can_be_given_another_one(static):
    (static / "top.js").write_text('import { a as mine } from "./a.js";\nexport default mine;\n')
    (static / "a.js").write_text("export function a() {}\n")
    assert "{ a: mine } = a_js" in assets.esm("top")


@pytest.mark.parametrize(
    "line",
    [
        'import a from "./a.js";',
        'import * as a from "./a.js";',
        'import "./a.js";',
        'import { a } from "https://example.com/a.js";',
        'const a = await import("./a.js");',
        'export { a } from "./a.js";',
        "export { a };",
        "export let a = 1;",
    ],
)
def test_a_form_that_cannot_be_joined_is_refused_with_the_files_name(static, line):
    (static / "top.js").write_text(f"{line}\nexport default {{}};\n")
    (static / "a.js").write_text("export const a = 1;\n")
    with pytest.raises(assets.FormNotUnderstood, match=r"top\.js"):
        assets.esm("top")


def test_modules_that_import_each_other_are_refused(static):
    (static / "top.js").write_text('import { a } from "./a.js";\nexport default a;\n')
    (static / "a.js").write_text('import { b } from "./b.js";\nexport const a = 1;\n')
    (static / "b.js").write_text('import { a } from "./a.js";\nexport const b = 1;\n')
    with pytest.raises(assets.FormNotUnderstood, match="imports it in turn"):
        assets.esm("top")


def test_a_widgets_sheet_holds_within_its_root_and_the_base_everywhere(static):
    (static / "base.css").write_text(".pl-root { color: red; }\n")
    (static / "map.css").write_text(".pl-map { container: pl-map; }\n.pl-map .pl-map-node { color: blue; }\n")
    assert assets.css("base", "map").splitlines() == [
        ".pl-root { color: red; }",
        "",
        "@scope (.pl-map) {",
        ":scope { container: pl-map; }",
        ":scope .pl-map-node { color: blue; }",
        "}",
    ]


def test_a_sheet_that_does_not_begin_with_its_root_is_refused_with_its_name(static):
    (static / "map.css").write_text("p { color: blue; }\n")
    with pytest.raises(assets.FormNotUnderstood, match=r"map\.css"):
        assets.css("map")
