"""Looking inside: the pages under /lab, and what they ask of the server."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import mebuki
from mebuki.studio.app import create_app
from mebuki.studio.place import Place

FRONTEND = Path(__file__).parents[2] / "frontend"
PAGES = ("activations", "gradients", "softmax", "step", "tokens", "embedding", "rnn", "attention", "carry")
Runs = Callable[[str], mebuki.Run]


def plant(folder: Path, runs: Runs) -> None:
    """Two models of the reader's own, and a run that has kept nothing yet."""
    for kind, name in (("transformer", "diary"), ("lstm", "novel")):
        shutil.copytree(runs(kind).folder, folder / name)
    (folder / "begun").mkdir()
    for part in ("recipe.toml", "run.json"):
        shutil.copy(runs("rnn").folder / part, folder / "begun" / part)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, runs: Runs) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("looking")
    plant(home / "runs", runs)
    with TestClient(create_app(Place(home / "runs", home / "diary", home / "data"))) as client:
        yield client


@pytest.fixture(scope="module")
def lab(studio: Any, runs: Runs) -> Any:
    """The studio that runs, with those models in it."""
    plant(studio.home / "runs", runs)
    return studio


# what is asked of the server


def test_models_are_those_with_something_kept(api: TestClient) -> None:
    assert {(one["run"], one["kind"]) for one in api.get("/api/lab/models").json()} == {
        ("diary", "transformer"),
        ("novel", "lstm"),
    }


@pytest.mark.parametrize("name", ["../looking/runs/diary", "nowhere", "begun/../diary", "/etc"])
def test_a_run_that_is_none(api: TestClient, name: str) -> None:
    answer = api.post("/api/lab/attention", json={"run": name, "text": "rain"})
    assert answer.status_code == 404
    assert answer.json()["code"] == "run_missing"


def test_a_text_cut_side_by_side(api: TestClient) -> None:
    cuts = api.post("/api/tokenize", json={"text": "雨 12", "run": "diary"}).json()
    assert [cut["way"] for cut in cuts] == ["characters", "bytes", "byte-pairs", "run"]
    assert [token["token"] for token in cuts[0]["tokens"]] == ["雨", "␣", "1", "2"]
    assert api.post("/api/tokenize", json={"text": "x" * 401}).status_code == 422


def test_attention_of_a_run_and_of_the_calculator(api: TestClient) -> None:
    for run, text in (("diary", "the rain"), ("calculator", "12+39")):
        found = api.post("/api/lab/attention", json={"run": run, "text": text}).json()
        for row in (row for layer in found["weights"] for head in layer for row in head):
            assert sum(row) == pytest.approx(1, abs=2e-3)
        assert len(found["weights"][0][0]) == len(found["tokens"])


def test_a_model_of_another_kind_says_so(api: TestClient) -> None:
    answer = api.post("/api/lab/attention", json={"run": "novel", "text": "rain"})
    assert answer.status_code == 400
    assert "transformer" in answer.json()["detail"]["allowed"]


def test_states_and_reach(api: TestClient) -> None:
    asked = {"run": "novel", "text": "the rain"}
    states, reach = (api.post(f"/api/lab/{what}", json=asked).json() for what in ("states", "reach"))
    assert [len(states["hidden"]), len(states["hidden"][0])] == [2, 8]
    assert set(states["gates"]) == {"input", "forget", "output", "candidate"}
    assert reach["target"] == "n"
    assert len(reach["cell"][0]) == 7


def test_a_step_makes_the_loss_smaller(api: TestClient) -> None:
    step = api.post("/api/lab/step", json={"run": "diary", "length": 6, "start": 3, "rate": 0.5}).json()
    assert step["loss_after"] < step["loss"]
    assert len(step["positions"]) == 6
    assert api.get("/api/lab/window", params={"run": "diary"}).json()["tokens"] > 100
    assert api.post("/api/lab/step", json={"run": "diary", "start": 10**9}).json()["code"] == "recipe"


def test_the_map_knows_its_neighbours(api: TestClient) -> None:
    for run in ("diary", "calculator"):
        points = api.get("/api/lab/embedding", params={"run": run}).json()["points"]
        for place, point in enumerate(points):
            cosines = [cosine for _, cosine in point["near"]]
            assert len(cosines) == 5
            assert cosines == sorted(cosines, reverse=True)
            assert place not in [other for other, _ in point["near"]]


def test_depth_and_carries(api: TestClient) -> None:
    chain = api.get("/api/lab/depth", params={"activation": "sigmoid", "layers": 8}).json()
    assert chain["layers"][0]["gradient"] < chain["layers"][-1]["gradient"] / 100
    assert api.get("/api/lab/depth", params={"layers": 4000}).status_code == 422
    digits = api.get("/api/lab/carries", params={"a": 95, "b": 17}).json()["digits"]
    assert [digit["letter"] for digit in digits] == ["2", "1", "1"]
    assert digits[1]["flipped"]["letter"] == "0"
    assert api.get("/api/lab/carries", params={"a": -1, "b": 10**12}).status_code == 422


def test_pinned_numbers_are_those_of_scratch() -> None:
    spec = importlib.util.spec_from_file_location("pin_numbers", FRONTEND / "tests" / "pin_numbers.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.pinned() == (FRONTEND / "tests" / "pinned.json").read_text(encoding="utf-8")


# the pages


def settled(page: Any) -> None:
    """Wait for what the server was asked."""
    page.wait_for_timeout(50)
    page.wait_for_selector("[aria-busy=true]", state="detached", timeout=60_000)


def said(page: Any) -> str:
    return page.locator(".says").first.inner_text()


@pytest.mark.parametrize(("language", "theme"), [("ja", "light"), ("en", "dark")])
def test_every_page(lab: Any, visit: Any, violations: Any, language: str, theme: str) -> None:
    page = visit(lab, "/lab", language=language, theme=theme, width=390)
    seen = [page.locator("h1").inner_text()]
    assert page.locator("main ol a").count() == len(PAGES)
    assert violations(page) == []
    page.locator("main ol a").first.click()
    for name in PAGES:  # from each to the next
        page.wait_for_url(f"**/lab/{name}")
        page.locator("h1").filter(has_not_text=seen[-1]).wait_for()
        settled(page)
        page.wait_for_selector(".katex")
        seen.append(page.locator("h1").inner_text())
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert page.locator("code", has_text=f"lessons/{language}/").is_visible()
        if name != PAGES[-1]:
            page.locator("footer .btn.leaf").click()
    assert len(set(seen)) == len(PAGES) + 1


@pytest.mark.parametrize(
    "path",
    ["gradients?run=novel", "gradients?way=layers", "rnn?run=novel", "attention?run=diary", "attention?run=calculator", "step?run=diary", "embedding?run=diary", "tokens?run=novel"],
)  # fmt: skip
def test_ones_own_models(lab: Any, visit: Any, violations: Any, path: str) -> None:
    page = visit(lab, f"/lab/{path}", language="ja")
    page.wait_for_selector(".says", timeout=60_000)
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_activations_by_keyboard_kept_and_reset(lab: Any, visit: Any) -> None:
    page = visit(lab, "/lab/activations")
    page.get_by_role("button", name="ReLU", exact=True).first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("slider").focus()
    page.keyboard.press("Home")
    assert "Where −6.00 comes in, ReLU answers 0.000. Its slope there is 0.000: no gradient" in said(page)
    page.wait_for_url("**/lab/activations?f=relu&x=-6")
    page.reload()
    page.get_by_text("no gradient at all").wait_for()
    page.get_by_role("button", name="As it was at first").click()
    page.get_by_text("tanh answers 0.834").wait_for()
    page.wait_for_url("**/lab/activations")


def test_a_point_is_dragged(lab: Any, visit: Any) -> None:
    page = visit(lab, "/lab/activations")
    box = page.get_by_role("img", name="tanh and its slope").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 90, steps=3)
    page.mouse.up()
    assert "Where −5." in said(page)


def test_gradients_vanish_explode_and_are_kept(lab: Any, visit: Any) -> None:
    page = visit(lab, "/lab/gradients?f=sigmoid")
    assert "one part in" in said(page)
    page.get_by_role("button", name="LSTM").click()
    assert "72%" in said(page)  # 0.97 to the eleventh
    page.goto(f"{lab.address}/lab/gradients?f=relu&w=2")
    page.get_by_text("2.05 thousand times as much reaches step 1").wait_for()
    page.get_by_label("clip to length 1").check()
    page.get_by_text("Clipping makes them 1 long").wait_for()
    page.get_by_role("button", name="layers").click()
    page.get_by_role("button", name="He · ReLU").click()
    page.get_by_text("reaches the first").wait_for()
    page.wait_for_url("**bend=relu**")


def test_softmax_overflows_and_does_not(lab: Any, visit: Any) -> None:
    page = visit(lab, "/lab/softmax")
    page.get_by_text("Both ways agree").wait_for()
    page.get_by_label("scores × 300").check()
    page.get_by_text("It breaks").wait_for()
    assert page.locator("td.bad").all_inner_texts() == ["NaN"] * 4  # e^-600 / ∞ is 0
    page.get_by_label("scores × 300").uncheck()
    page.get_by_role("button", name="let “cat” come").click()
    assert "gave “cat” 0.76%" in said(page)
    page.get_by_role("slider", name="score of “cat”").focus()
    page.keyboard.press("End")
    assert "gave “cat” 96%" in said(page)


def test_steps_make_the_loss_fall(lab: Any, visit: Any) -> None:
    page = visit(lab, "/lab/step?text=abababab")
    before = float(page.get_by_role("img", name="The loss falls").get_attribute("aria-label").split(" ")[-1])
    page.get_by_role("button", name="One step").click()
    page.get_by_role("button", name="Ten steps").click()
    page.get_by_text("11 steps taken").wait_for()
    after = float(page.get_by_role("img", name="The loss falls").get_attribute("aria-label").split(" ")[-1])
    assert after < before / 3
    page.wait_for_url("**n=11**")
    page.reload()
    page.get_by_text("11 steps taken").wait_for()


def test_a_text_is_composed_and_cut(lab: Any, visit: Any) -> None:
    page = visit(lab, "/lab/tokens", language="ja")
    field = page.get_by_label("あなたの文")
    field.fill("")
    tools = page.context.new_cdp_session(page)
    for text in ("あ", "あめ"):
        tools.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    tools.send("Input.insertText", {"text": "雨の日"})
    assert field.input_value() == "雨の日"
    page.get_by_text("この文は 3 文字です。バイトで切ると 9 個").wait_for()
    assert page.get_by_role("list", name="文字で切る").inner_text().split() == ["雨", "の", "日"]
    page.get_by_label("番号も見る").check()
    field.fill("")
    field.blur()
    assert "4837" in field.input_value()  # the example stands in again


def test_the_map_is_walked(lab: Any, visit: Any) -> None:
    page = visit(lab, "/lab/embedding?run=diary")
    page.wait_for_selector(".says")
    first = page.locator("[aria-selected=true]").get_attribute("aria-label")
    page.get_by_role("listbox", name="The map").focus()
    for key in ("ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
        if page.locator("[aria-selected=true]").get_attribute("aria-label") != first:
            break
    else:
        raise AssertionError("the arrow keys lead nowhere")
    near = page.locator("main ol button").first
    wanted = near.inner_text()
    near.click()
    assert page.locator("[aria-selected=true]").get_attribute("aria-label") == wanted


def test_a_network_reads_on_and_is_cut(lab: Any, visit: Any) -> None:
    page = visit(lab, "/lab/rnn?text=rain%20rain%20rain&cut=5&at=2")
    assert "read 3 letters; the last is “i”" in said(page)
    page.get_by_role("button", name="Next letter").click()
    assert "read 4 letters; the last is “n”" in said(page)
    lengths = page.locator("svg[aria-label^='How far the end']").get_attribute("aria-label").split(": ")[1].split(", ")
    assert lengths[:10] == ["0"] * 10
    assert "0" not in lengths[10:]


def test_one_head_and_all_heads(lab: Any, visit: Any) -> None:
    page = visit(lab, "/lab/attention")
    assert "“its” looks most at cat" in said(page)
    page.get_by_role("button", name="the", exact=True).click()
    assert "“the” looks most at the, with 100%" in said(page)
    page.get_by_label("hide what comes later").uncheck()
    assert "with 100%" not in said(page)
    page.get_by_role("button", name="diary").click()
    page.get_by_role("button", name="layer 2, head 1").click()
    assert "In layer 2, head 1" in said(page)
    page.wait_for_url("**layer=1**")


def test_a_carry_is_turned_over(lab: Any, visit: Any) -> None:
    page = visit(lab, "/lab/carry?a=95&b=17")
    page.wait_for_selector(".says", timeout=60_000)
    assert "For the tens the calculator writes “1”" in said(page)
    page.get_by_text("the right digit here is “0”").wait_for()
    page.get_by_role("button", name="ones: 2").click()
    page.get_by_text("nothing else can be carried").wait_for()
    page.get_by_label("first number").fill("x")
    assert "at most 12 digits" in page.get_by_role("alert").inner_text()
    page.get_by_label("first number").fill("20")
    page.get_by_role("button", name="ones: 7").wait_for(timeout=60_000)
