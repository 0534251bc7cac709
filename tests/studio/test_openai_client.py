"""The client of OpenAI, as it is, against a server in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pydantic
import pytest
import torch

from mebuki.generation.foretelling import foretelling
from mebuki.runs.writers import writer
from mebuki.studio.openai_errors import ApiError
from mebuki.studio.openai_responses import Answer, ResponseAsked

openai = pytest.importorskip("openai")
HOW: dict[str, Any] = {"model": "transformer", "prompt": "The kettle ", "max_tokens": 40, "seed": 7}


@pytest.fixture(scope="module")
def client(served) -> Iterator[Any]:
    with openai.OpenAI(base_url=served.address, api_key="any", max_retries=0, timeout=60) as client:
        yield client


def said(prompt: str = "Good day", **how: Any) -> dict[str, Any]:
    return {"model": "gru", "messages": [{"role": "user", "content": prompt}], "max_tokens": 30, "seed": 3, **how}


def test_models_are_told(client) -> None:
    assert [model.id for model in client.models.list()] == ["transformer", "gru", "calculator"]
    assert client.models.retrieve("gru").owned_by == "mebuki"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nobody")


@pytest.mark.parametrize("model", ["transformer", "gru"])
def test_a_seed_gives_the_text_that_generate_gives(client, runs, model) -> None:
    alone = "".join(runs(model).generate("雨の", tokens=60, seed=9, temperature=0.7, top_p=0.9))
    answer = client.completions.create(model=model, prompt="雨の", max_tokens=60, seed=9, temperature=0.7, top_p=0.9)
    assert answer.choices[0].text == alone
    assert (answer.choices[0].finish_reason, answer.usage.completion_tokens, answer.usage.prompt_tokens) == (
        "length",
        60,
        2,
    )


@pytest.mark.parametrize(
    "more", [{}, {"stop": ["e ", "の"]}, {"n": 3}, {"echo": True, "logprobs": 2}, {"prompt": ["a", "b"]}]
)
def test_what_streams_is_what_comes_whole(client, more) -> None:
    whole = client.completions.create(**HOW | more)
    texts, ends, tokens = {}, {}, {}
    for chunk in client.completions.create(**HOW | more, stream=True):
        one = chunk.choices[0]
        texts[one.index] = texts.get(one.index, "") + one.text
        if one.logprobs:
            tokens.setdefault(one.index, []).extend(zip(one.logprobs.tokens, one.logprobs.token_logprobs, strict=True))
        if one.finish_reason:
            ends[one.index] = one.finish_reason
    assert texts == {one.index: one.text for one in whole.choices}
    assert ends == {one.index: one.finish_reason for one in whole.choices}
    for one in whole.choices:
        if one.logprobs:
            assert tokens[one.index] == list(zip(one.logprobs.tokens, one.logprobs.token_logprobs, strict=True))


def test_a_chat_streams_what_comes_whole(client) -> None:
    whole = client.chat.completions.create(**said(logprobs=True, top_logprobs=3))
    text, tokens, usage, roles = "", [], None, []
    how = said(logprobs=True, top_logprobs=3, stream=True, stream_options={"include_usage": True})
    for chunk in client.chat.completions.create(**how):
        for one in chunk.choices:
            text += one.delta.content or ""
            roles += [one.delta.role] if one.delta.role else []
            tokens += one.logprobs.content if one.logprobs else []
        usage = chunk.usage
    assert text == whole.choices[0].message.content
    assert tokens == whole.choices[0].logprobs.content
    assert all(len(token.top_logprobs) == 3 and bytes(token.bytes).decode() == token.token for token in tokens)
    assert usage == whole.usage
    assert roles == ["assistant"]


def test_messages_are_one_text(client) -> None:
    messages = [
        {"role": "system", "content": "The kettle"},
        {"role": "user", "content": [{"type": "text", "text": "sang "}, {"type": "text", "text": "before"}]},
    ]
    chat = client.chat.completions.create(model="gru", messages=messages, max_completion_tokens=20, seed=1)
    plain = client.completions.create(model="gru", prompt="The kettle\nsang before", max_tokens=20, seed=1)
    assert chat.choices[0].message.content == plain.choices[0].text


def test_a_text_does_not_depend_on_who_else_asks(client) -> None:
    """One request alone, and among twenty others that begin and end around it."""
    alone = client.completions.create(**HOW | {"max_tokens": 200, "logprobs": 1})

    def other(n: int) -> Any:
        return client.completions.create(**HOW | {"prompt": "猫" * n + "The ", "seed": n, "max_tokens": 20 * n})

    with ThreadPoolExecutor(21) as pool:
        others = [pool.submit(other, n) for n in range(1, 11)]
        among = pool.submit(client.completions.create, **HOW | {"max_tokens": 200, "logprobs": 1})
        others += [pool.submit(other, n) for n in range(11, 21)]
    assert among.result().choices == alone.choices
    assert [len(found.result().choices) for found in others] == [1] * 20


def test_prompts_of_every_form(client, runs) -> None:
    run = runs("transformer")
    texts = ["The kettle ", "雨の"]
    ids = [run.tokenizer.encode(text).tolist() for text in texts]

    def asked(prompt: Any) -> list[str]:
        found = client.completions.create(**HOW | {"prompt": prompt})
        return [one.text for one in sorted(found.choices, key=lambda one: one.index)]

    one, two = asked(texts[0]), asked(texts[1])
    assert asked(texts) == asked(ids) == [*one, *two]
    assert asked(ids[0]) == one


@pytest.mark.parametrize("model", ["transformer", "gru"])
def test_log_probabilities_of_a_prompt_are_those_of_foretelling(client, runs, model) -> None:
    """As programs that measure models ask for them: ids, echoed, one token more."""
    run = runs(model)
    text = "The kettle sang before the rain did. 🐟雨"
    ids = run.tokenizer.encode(text).tolist()
    found = client.completions.create(model=model, prompt=ids, echo=True, logprobs=1, max_tokens=1, temperature=0)
    told = found.choices[0].logprobs
    want = foretelling(writer(run), run.tokenizer, text[1:], before=text[0], top=1).tokens
    assert told.token_logprobs[0] is None
    assert told.token_logprobs[1:-1] == pytest.approx([np.log(one.probability) for one in want], abs=1e-5)
    greedy = [
        value == max(top.values()) for value, top in zip(told.token_logprobs[1:], told.top_logprobs[1:], strict=True)
    ]
    assert greedy == [one.rank == 1 for one in want] + [True]
    whole = found.choices[0].text
    assert whole.startswith(text)
    assert "".join(told.tokens) == whole
    assert [whole[place:].startswith(name) for place, name in zip(told.text_offset, told.tokens, strict=True)] == [
        True
    ] * len(told.tokens)


def test_a_prompt_alone_can_be_scored(client) -> None:
    found = client.completions.create(**HOW | {"max_tokens": 0, "echo": True, "logprobs": 0})
    assert found.choices[0].text == HOW["prompt"]
    assert "".join(found.choices[0].logprobs.tokens) == HOW["prompt"]
    assert found.usage.completion_tokens == 0


def test_ids_are_read_as_they_are(client, runs) -> None:
    """Special tokens too, as transformers reads them; a text that says `<bos>` has its letters."""
    run = runs("transformer")
    special = run.tokenizer.special["<bos>"]
    ids = [special, *run.tokenizer.encode("The").tolist(), special]
    how = HOW | {"echo": True, "logprobs": 1, "max_tokens": 0}
    told = client.completions.create(**how | {"prompt": ids}).choices[0].logprobs
    assert told.tokens == ["<bos>", "T", "h", "e", "<bos>"]
    with torch.no_grad():
        foretold_TV = run.model()(torch.tensor([ids[:-1]]))[0].log_softmax(-1)
    assert told.token_logprobs[1:] == pytest.approx(foretold_TV[range(4), ids[1:]].tolist(), abs=1e-5)
    typed = client.completions.create(**how | {"prompt": "<bos>"}).choices[0].logprobs
    assert typed.tokens == list("<bos>")


def test_logit_bias_forces_and_forbids(client, runs) -> None:
    e = int(runs("transformer").tokenizer.encode("e")[0])
    forced = client.completions.create(**HOW | {"logit_bias": {str(e): 100}})
    assert forced.choices[0].text == "e" * 40
    forbidden = client.completions.create(**HOW | {"logit_bias": {str(e): -100}, "max_tokens": 300})
    assert "e" not in forbidden.choices[0].text
    often = client.completions.create(**HOW | {"logit_bias": {str(e): 10}, "frequency_penalty": 2, "max_tokens": 60})
    assert 3 < often.choices[0].text.count("e") < 30


def test_defaults(client) -> None:
    assert client.completions.create(model="gru", prompt="").usage.completion_tokens == 16
    how = said()
    del how["max_tokens"]
    assert client.chat.completions.create(**how).usage.completion_tokens == 200
    one, two = (client.completions.create(model="gru", prompt="a", max_tokens=80).choices[0].text for _ in range(2))
    assert one != two


def test_the_calculator_works_things_out(client) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "3*(4+5)-6/2は？"}]
    chat = client.chat.completions.create(model="calculator", messages=messages)
    assert chat.choices[0].message.content.splitlines()[-1] == "= 24"
    assert chat.choices[0].finish_reason == "stop"
    streamed = client.chat.completions.create(model="calculator", messages=messages, stream=True)
    assert "".join(one.choices[0].delta.content or "" for one in streamed) == chat.choices[0].message.content
    both = client.completions.create(model="calculator", prompt=["12+39", "1/2+1/3"], echo=True)
    assert [one.text.rpartition("= ")[2] for one in both.choices] == ["51", "5/6"]
    assert both.choices[0].text.startswith("12+39")


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"suffix": "b"}, "suffix"),
        ({"best_of": 4}, "best_of"),
        ({"temperature": 2.1}, "temperature"),
        ({"top_p": -0.1}, "top_p"),
        ({"extra_body": {"top_k": -2}}, "top_k"),
        ({"extra_body": {"min_p": 1.1}}, "min_p"),
        ({"extra_body": {"repetition_penalty": 0.5}}, "repetition_penalty"),
        ({"frequency_penalty": 3}, "frequency_penalty"),
        ({"stop": ["a"] * 65}, "stop"),
        ({"stop": ["a" * 2001] * 2}, "stop"),
        ({"stop": ""}, "stop"),
        ({"n": 0}, "n"),
        ({"n": 129}, "n"),
        ({"logprobs": 21}, "logprobs"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"max_tokens": 10**9}, "max_tokens"),
        ({"prompt": []}, "prompt"),
        ({"prompt": [[]]}, "prompt"),
        ({"prompt": [10**6]}, "prompt"),
        ({"prompt": [-1]}, "prompt"),
        ({"prompt": ["a"] * 129}, "prompt"),
        ({"prompt": [1] * 70_000}, "prompt"),
        ({"logit_bias": {"x": 1}}, "logit_bias"),
        ({"logit_bias": {"1": 101}}, "logit_bias"),
        ({"seed": 2**64}, "seed"),
        ({"model": "calculator", "prompt": "hello"}, None),
        ({"model": "calculator", "prompt": [1]}, "prompt"),
        ({"model": "calculator", "logprobs": 1}, "logprobs"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(client, more, param) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.completions.create(**HOW | more)
    assert caught.value.param == param
    assert caught.value.type == "invalid_request_error"
    assert caught.value.body["message"]


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, "messages"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"max_completion_tokens": -1}, "max_completion_tokens"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tool_choice": {"type": "function", "function": {"name": "look"}}}, "tool_choice"),
        ({"function_call": {"name": "look"}}, "function_call"),
        ({"modalities": ["text", "audio"]}, "modalities"),
    ],
)
def test_a_chat_that_cannot_be_had_is_refused_by_name(client, more, param) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(**said() | more)
    assert caught.value.param == param


def asked(**how: Any) -> dict[str, Any]:
    return {"model": "gru", "input": "Good day", "max_output_tokens": 30, "extra_body": {"seed": 3}, **how}


def test_a_response_is_the_chat_of_the_same_messages(client) -> None:
    told = [
        {"role": "user", "content": "The kettle"},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"role": "assistant", "content": [{"type": "output_text", "text": "sang ", "annotations": []}]},
        {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": [{"type": "input_text", "text": "the rain"}]},
        {"type": None, "role": "user", "content": [{"type": "input_text", "text": "before"}]},
    ]
    found = client.responses.create(**asked(input=told, instructions="Once", metadata={"day": "1"}))
    messages = [{"role": "user", "content": text} for text in ("Once", "The kettle", "sang ", "the rain", "before")]
    chat = client.chat.completions.create(**said() | {"messages": messages})
    assert found.output_text == chat.choices[0].message.content
    assert (found.status, found.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert found.usage.input_tokens == chat.usage.prompt_tokens
    assert found.usage.output_tokens == chat.usage.completion_tokens == 30
    assert (found.instructions, found.metadata, found.max_output_tokens) == ("Once", {"day": "1"}, 30)


@pytest.mark.parametrize("more", [{}, {"include": ["message.output_text.logprobs"], "top_logprobs": 2}])
def test_the_events_of_a_response_tell_what_comes_whole(client, more) -> None:
    """Each event as the client describes it, numbered without a gap."""
    whole = client.responses.create(**asked(**more))
    events = list(client.responses.create(**asked(**more), stream=True))
    adapter = pydantic.TypeAdapter(openai.types.responses.ResponseStreamEvent)
    for number, event in enumerate(events):
        adapter.validate_python(event.model_dump(), strict=True)
        assert event.sequence_number == number
    kinds = [event.type.removeprefix("response.") for event in events]
    assert kinds[:4] == ["created", "in_progress", "output_item.added", "content_part.added"]
    assert set(kinds[4:-4]) == {"output_text.delta"}
    assert kinds[-4:] == ["output_text.done", "content_part.done", "output_item.done", "incomplete"]
    assert "".join(event.delta for event in events[4:-4]) == whole.output_text == events[-4].text
    scored = [one for event in events[4:-4] for one in event.logprobs]
    assert len(scored) == (30 if more else 0)
    assert [(one.token, one.logprob) for one in scored] == [
        (one.token, one.logprob) for one in whole.output[0].content[0].logprobs
    ]
    last = events[-1].response
    assert (last.output_text, last.usage, last.status) == (whole.output_text, whole.usage, whole.status)


def test_a_response_without_a_limit_is_complete(client) -> None:
    """A model of text never stops by itself, and clients take what is cut off for a failure."""
    how = {"model": "gru", "input": "Good day", "extra_body": {"seed": 3}}
    whole = client.responses.create(**how)
    assert (whole.status, whole.incomplete_details, whole.usage.output_tokens) == ("completed", None, 200)
    with client.responses.stream(**how) as stream:
        assert stream.get_final_response().output_text == whole.output_text


def test_the_calculator_answers_responses(client) -> None:
    found = client.responses.create(model="calculator", input="3*(4+5)-6/2")
    chat = client.chat.completions.create(model="calculator", messages=[{"role": "user", "content": "3*(4+5)-6/2"}])
    assert found.output_text == chat.choices[0].message.content
    assert found.output_text.endswith("= 24")
    assert (found.status, found.incomplete_details) == ("completed", None)


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"input": []}, "input"),
        ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "input"),
        ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "x"}]}]}, "input"),
        ({"input": [{"role": "user", "content": 5}]}, "input"),
        ({"input": [{"type": "computer_call_output", "output": {"type": "computer_screenshot"}}]}, "input"),
        ({"input": "a " * 70_000}, "input"),
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"background": True}, "background"),
        ({"text": {"format": {"type": "json_object"}}}, "text"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"max_output_tokens": -1}, "max_output_tokens"),
        ({"extra_body": {"n": 2}}, "n"),
        ({"model": "nobody"}, "model"),
    ],
)
def test_a_response_that_cannot_be_had_is_refused_by_name(client, more, param) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        client.responses.create(**asked(**more))
    assert refused.value.status_code == (404 if param == "model" else 400)
    assert refused.value.param == param


def test_a_response_that_breaks_is_told_as_failed() -> None:
    form = Answer("gru", ResponseAsked(model="gru", input="Good day"), endless=True)
    told = [*form.first(1), *form.failed(ApiError(503, "the server is stopping", code="stopping"))]
    adapter = pydantic.TypeAdapter(openai.types.responses.ResponseStreamEvent)
    lines = [form.line(chunk) for chunk in told]
    events = [adapter.validate_json(line.split("data: ")[1], strict=True) for line in lines]
    assert lines[-1].startswith("event: response.failed\n")
    assert [event.sequence_number for event in events] == list(range(len(lines)))
    assert (events[-2].code, events[-2].message) == ("stopping", "the server is stopping")
    assert (events[-1].response.status, events[-1].response.error.message) == ("failed", "the server is stopping")


def test_no_response_is_kept(client) -> None:
    found = client.responses.create(**asked())
    assert found.store is False  # pyright: ignore
    for call in (client.responses.retrieve, client.responses.delete):
        with pytest.raises(openai.NotFoundError, match="not kept"):
            call(found.id)


def test_tools_that_need_not_be_used_are_not(client) -> None:
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
    how = {"tools": [tool], "tool_choice": "auto", "response_format": {"type": "text"}, "modalities": ["text"]}
    assert client.chat.completions.create(**said(**how)).choices == client.chat.completions.create(**said()).choices


def test_other_servers_ways_of_choosing_are_those_of_generate(client, runs) -> None:
    how = {"top_k": 5, "min_p": 0.1, "repetition_penalty": 1.3}
    alone = "".join(runs("transformer").generate(HOW["prompt"], tokens=40, seed=7, temperature=1.0, **how))
    assert client.completions.create(**HOW, extra_body=how).choices[0].text == alone


def test_a_program_that_measures_may_name_many_stops(client) -> None:
    """Four is the limit of OpenAI; tasks of lm-eval have more, and it adds the name of an end."""
    stop = ["Q", "Z", "の", "z", "!", "<eos>", "e "]
    text = client.completions.create(**HOW | {"stop": stop, "max_tokens": 200}).choices[0].text
    alone = client.completions.create(**HOW | {"max_tokens": 200}).choices[0].text
    assert text == alone[: min(place for one in stop if (place := alone.find(one)) >= 0)]


def test_unknown_fields_and_nothings_are_passed_over(client) -> None:
    nothings = dict.fromkeys(["temperature", "top_p", "stop", "n", "logprobs", "suffix", "logit_bias", "best_of"])
    more = client.completions.create(**HOW, extra_body={"user": "me", "keep_alive": 5, **nothings})
    assert more.choices == client.completions.create(**HOW).choices
