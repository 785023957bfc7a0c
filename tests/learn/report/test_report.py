"""The report as a page: what is on it, that it needs nothing else, and that it comes again."""

import os
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from elicit.errors import ElicitError
from learn.commands.report import register
from learn.report.figures import draw_figure, plain
from learn.report.html import format_interval, format_number
from tests.learn.helpers.handwritten_studies import row, write_session, write_study

ROOT = Path(__file__).parents[3]

app = typer.Typer()
app.callback()(lambda: None)
register(app)


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["report", *(str(each) for each in arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four people in all three paradigms, with repeats, start values and mirrored sides."""
    logs = tmp_path_factory.mktemp("report") / "logs"
    for n in range(4):
        side = bool(n % 2)
        construct = [
            row(i, j, each, start_value=0.1 + 0.8 * side, mirrored=side)
            for i, j, each in ((3, 5, 0.6 + n / 20), (0, 8, 0.5), (4, 7, 0.4))
        ]
        select = [
            row(i, j, each, paradigm="select_shuffled")
            for i, j, each in ((3, 5, 0.7), (0, 8, 0.4 + n / 20), (4, 7, 0.3))
        ]
        infer = [
            row(3, 5, each, min(1.0, each * (0.8 + n / 20)), 0.5 + n / 10, mirrored=side)
            for each in (0.1, 0.25, 0.5, 0.75, 0.9)
        ]
        again = [construct[0].model_copy(update={"repeat": True, "lambda_f": 0.6})]
        write_session(logs, f"P{n}", *construct, *select, *infer, *again)
    return logs


@pytest.fixture(scope="module")
def out(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of that study."""
    page = tmp_path_factory.mktemp("page") / "new" / "report.html"
    assert run(study, "--out", page).splitlines()[0] == f"{page}: written"
    return page


def test_the_page_has_every_section_that_the_study_has_data_for(out: Path) -> None:
    text = out.read_text("utf-8")
    assert len(re.findall("<section", text)) == 13
    absent = re.findall("Not in this study: (.*?)</p>", text)
    assert len(absent) == 1
    assert re.findall(r"(?:^|\. )([A-Z][\w ]+):", absent[0]) == [
        "Exclusions",
        "Classes named",
        "Classes that are not in the mix",
    ]
    assert text.count("data:image/png;base64,") == 3 * 4 + 5
    for path in re.findall(r'href="(report_numbers/\w+\.csv)"', text):
        assert len(pd.read_csv(out.parent / path))


def test_figures_are_numbered_in_order_captioned_and_stand_beside_the_page(out: Path) -> None:
    text = out.read_text("utf-8")
    numbers = [int(each) for each in re.findall(r"<figcaption><b>Figure (\d+)\.</b> \S", text)]
    assert numbers == [*range(1, len(numbers) + 1)]
    linked = re.findall(r'href="(report_figures/[^"]+)"', text)
    written = sorted(path.name for path in (out.parent / "report_figures").iterdir())
    assert sorted(path.rpartition("/")[2] for path in linked) == written
    assert len(written) == 2 * len(numbers)
    for path in linked:
        start = (out.parent / path).read_bytes()[:5]
        assert start == (b"%PDF-" if path.endswith(".pdf") else b"<?xml"), path
    for poster in (4, 7, 9):
        assert f"Figure {poster} of the paper's poster" in text


def test_the_page_needs_nothing_from_outside(out: Path) -> None:
    text = out.read_text("utf-8")
    assert not re.findall(r"<(?:script|link|iframe|object)\b|@import|url\((?!#)", text)
    assert all(each.startswith("data:") for each in re.findall(r'src="([^"]+)"', text))
    outside = [each for each in re.findall(r'href="([^"]+)"', text) if each[0] != "#"]
    assert all(each.startswith(("report_numbers/", "report_figures/")) for each in outside)
    assert "nan" not in re.sub(r"base64,[^\"]+", "", text).lower()


def test_ids_of_figures_are_not_shared_by_others(out: Path) -> None:
    text = out.read_text("utf-8")
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_the_same_logs_give_the_same_bytes_in_another_interpreter(
    study: Path, out: Path, tmp_path: Path
) -> None:
    code = "import typer\nfrom learn.commands.report import make_report\ntyper.run(make_report)"
    subprocess.run(
        [sys.executable, "-c", code, str(study), "--out", "report.html"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7"},
        check=True,
        capture_output=True,
    )
    written = sorted(path for path in out.parent.rglob("*.*") if path.is_file())
    assert len(written) == 46
    for path in written:
        assert path.read_bytes() == (tmp_path / path.relative_to(out.parent)).read_bytes()


def test_a_single_participant_is_told_that_there_are_no_intervals(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    write_session(logs, "P01", row(3, 5, 0.25, 0.2, 0.8), row(0, 8, 0.75, 0.6, 0.4))
    run(logs, "--out", tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "There are no intervals: they need at least two participants." in text
    assert "50/50 points: nobody was asked for one" in text
    assert "Start value: the log has none, or only one." in text


@pytest.mark.slow
def test_what_is_excluded_does_not_count_and_its_older_tables_go(
    study: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report.html"
    run(study, "--out", out)
    everybody = "".join(f"P{n},construct\nP{n},select_shuffled\n" for n in range(4))
    (tmp_path / "out.csv").write_text("participant,paradigm\n" + everybody, encoding="utf-8")
    run(study, "--out", out, "--exclude", tmp_path / "out.csv")
    assert "Left out: 28 excluded." in out.read_text("utf-8")
    assert not (tmp_path / "report_numbers" / "endorsements.csv").exists()


@pytest.mark.slow
def test_repeats_can_be_left_out_of_relabellings(tmp_path: Path) -> None:
    logs = write_study(tmp_path / "logs")
    for option, n in (("--repeats", 3), ("--no-repeats", 2)):
        run(logs, "--out", tmp_path / "report.html", option)
        table = pd.read_csv(tmp_path / "report_numbers" / "relabellings.csv")
        assert table["n"].max() == n


def test_without_endpoints_a_line_says_so(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    write_session(logs, "P01", row(3, 5, 0.25, 0.2, 0.8).model_copy(update={"source": "folder"}))
    run(logs, "--out", tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "There are no pictures, as the endpoint images are missing: source:" in text
    assert "<img" not in text


def test_a_study_of_repeats_only_still_has_a_page(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    write_session(logs, "P01", row(3, 5, 0.5, repeat=True), row(3, 5, 0.5, 0.4, 0.5, repeat=True))
    run(logs, "--out", tmp_path / "report.html", "--no-repeats")
    assert "Response times: none." in (tmp_path / "report.html").read_text("utf-8")


def test_the_page_says_how_large_images_were_where_the_log_does(tmp_path: Path) -> None:
    write_session(
        tmp_path / "logs", "P01",
        row(3, 5, 0.6, side_px=256, side_deg=6.1058), row(0, 8, 0.5, side_px=416),
        *(row(i, 8, 0.4, side_px=128, paradigm="select_shuffled") for i in (0, 10)),
        row(3, 5, 0.25, 0.2, 0.8),
    )  # fmt: skip
    run(tmp_path / "logs", "--out", tmp_path / "report.html")
    assert (
        "Side of the images on screen: 256 to 416 px (6.11 degrees of visual angle) in Construct; "
        "128 px in Select-Shuffled."
    ) in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_another_study_mixed_in_is_refused(tmp_path: Path) -> None:
    logs = write_study(tmp_path / "logs")
    write_session(logs, "P09", row(3, 5, 0.5).model_copy(update={"source": "cifar10"}))
    with pytest.raises(ElicitError, match="source: must be the same in all rows"):
        run(logs, "--out", tmp_path / "report.html")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--stimuli", "nowhere"], "nowhere"),
        (["--out", "."], r"\.: --out must be a file such as report\.html, got a folder"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    study: Path, tmp_path: Path, arguments: list[str], told: str
) -> None:
    with pytest.raises(Exception, match=told) as caught:
        run(
            study, *(["--out", tmp_path / "r.html"] if "--out" not in arguments else []), *arguments
        )
    assert type(caught.value).__name__ in ("ElicitError", "StimulusError")


def test_a_study_folder_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ElicitError, match="must be a study folder"):
        run(tmp_path / "none", "--out", tmp_path / "report.html")


def test_a_class_with_markup_in_its_name_stays_text() -> None:
    drawn = draw_figure("one", 'a &lt;b&gt; "c"', lambda ax: ax.set_title(plain("a <b> $x_1$")))
    assert '<svg role="img" aria-label="a &lt;b&gt; &quot;c&quot;"' in drawn.svg
    assert "a &lt;b&gt; $x_1$" in drawn.svg


def test_numbers_are_written_for_people() -> None:
    assert format_number(-0.1234) == "−0.123"
    assert format_number(float("nan")) == ""
    assert format_interval(0.5, 0.25, 0.75) == "0.50 [0.25, 0.75]"
    assert format_interval(0.5, float("nan"), float("nan")) == "0.50"


def test_names_of_classes_with_signs_of_formulas_or_in_any_script_are_drawn(tmp_path: Path) -> None:
    logs, names = tmp_path / "logs", ["$x_1$ 100%^", "قطة", "猫\\"]
    for n in range(3):
        rows = [
            row(k, k + 3, each, min(1.0, each * (0.8 + n / 20)), 0.5).model_copy(
                update={"source": "folder", "class_i": a, "class_j": b}
            )
            for k, (a, b) in enumerate(combinations(names, 2))
            for each in (0.25, 0.5, 0.75)
        ]
        write_session(logs, f"P{n}", *rows)
    run(logs, "--out", tmp_path / "report.html")
    (drawn,) = (tmp_path / "report_figures").glob("*_curves.svg")
    text = drawn.read_text("utf-8")
    for name in names:
        assert f">{name}<" in text


def test_a_study_in_which_no_pair_s_curve_rises_has_a_report(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    for n in range(3):
        falling = [row(3, 5, each, 0.9 - each + n / 50, 0.5) for each in (0.1, 0.5, 0.9)]
        alike = [row(4, 7, each, 0.5, 0.5) for each in (0.1, 0.5, 0.9)]
        write_session(logs, f"P{n}", *falling, *alike)
    run(logs, "--out", tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "Images that people relabel most" in text
    assert "nan" not in re.sub(r"base64,[^\"]+", "", text).lower()


def test_who_is_left_out_is_named_with_what_would_change_with_them(tmp_path: Path) -> None:
    logs, out = tmp_path / "logs", tmp_path / "report.html"
    for n in range(3):
        chosen = [1.0] * 4 if n == 2 else [0.4, 0.5, 0.5, 0.6]
        write_session(logs, f"P{n}", *(row(k, k + 3, each) for k, each in enumerate(chosen)))
    (tmp_path / "out.csv").write_text("participant,reason\nP2,always 1.0\n", encoding="utf-8")
    run(logs, "--out", out, "--exclude", tmp_path / "out.csv")
    text = out.read_text("utf-8")
    assert "1 participant is left out" in text
    assert "always 1.0" in text
    table = pd.read_csv(tmp_path / "report_numbers" / "with_excluded.csv").set_index("what")
    mean = table.loc["mean lambda_f called 50/50"]
    assert (mean["without"], mean["with"]) == pytest.approx((0.5, 2 / 3))
    share = table.loc["share of answers at lambda_f 1"]
    assert (share["without"], share["with"]) == pytest.approx((0, 1 / 3))
    run(logs, "--out", out)
    assert not (tmp_path / "report_numbers" / "with_excluded.csv").exists()


def test_the_page_says_which_protocol_was_asked_when_and_what_made_the_page(out: Path) -> None:
    text = out.read_text("utf-8")
    assert re.search(
        r"Protocol: byhand \(SHA-256 0{16}…\), answered (on|from) \d{4}-\d\d-\d\d.*\. "
        r"Page by human-mixup \S+",
        text,
    )
