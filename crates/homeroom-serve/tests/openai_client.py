"""OpenAI's own client against the server: openai_client.py URL KEY."""

import base64
import io
import sys
from typing import List

import openai
from pydantic import BaseModel

url, key = sys.argv[1:3]
client = openai.OpenAI(base_url=url, api_key=key, max_retries=0, timeout=60)
messages = [{"role": "user", "content": "Hello there."}]
tool = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Looks a word up.",
        "parameters": {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]},
    },
}
done = []


def step(check):
    check()
    done.append(check.__name__)


class Band(BaseModel):
    band: int
    reasons: List[str]


@step
def models():
    assert "talker" in [model.id for model in client.models.list()]
    assert client.models.retrieve("org/stubborn").id == "org/stubborn"


@step
def whole_chat():
    reply = client.chat.completions.create(
        model="talker", messages=messages, temperature=0, top_p=0.5, seed=7, max_completion_tokens=50, stop=["END"],
        logprobs=True, top_logprobs=2, user="somebody",
    )
    assert reply.choices[0].message.content == "You said: Hello there."
    assert reply.choices[0].finish_reason == "stop"
    assert reply.choices[0].logprobs.content[0].top_logprobs[1].token == "t1"
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens


@step
def streamed_chat():
    stream = client.chat.completions.create(
        model="talker", messages=messages, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == "You said: Hello there.", text
    assert chunks[-1].usage.total_tokens > 0 and not chunks[-1].choices
    with client.chat.completions.stream(model="talker", messages=messages, logprobs=True) as stream:
        for _ in stream:
            pass
        final = stream.get_final_completion()
    assert final.choices[0].message.content == "You said: Hello there."
    assert final.choices[0].logprobs.content[0].token == "You"


@step
def pictures_and_recordings():
    data = base64.b64encode(b"no real picture").decode()
    content = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64," + data}},
        {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}},
    ]
    reply = client.chat.completions.create(model="talker", messages=[{"role": "user", "content": content}])
    assert reply.choices[0].message.content == "You said: What is this?"
    content[1]["image_url"]["url"] = "http://127.0.0.1:1/a.png"
    try:
        client.chat.completions.create(model="talker", messages=[{"role": "user", "content": content}])
    except openai.BadRequestError as error:
        assert error.param == "messages[0].content[1].image_url.url", error.param
    else:
        raise AssertionError("an address was taken")


@step
def tools():
    reply = client.chat.completions.create(model="talker", messages=messages, tools=[tool], tool_choice="required")
    message = reply.choices[0].message
    assert reply.choices[0].finish_reason == "tool_calls" and message.content is None
    assert message.tool_calls[0].function.name == "look_up"
    answered = messages + [message, {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "to move"}]
    reply = client.chat.completions.create(model="talker", messages=answered, tools=[tool])
    assert reply.choices[0].message.content == "You said: to move"
    with client.chat.completions.stream(model="talker", messages=messages, tools=[tool]) as stream:
        for _ in stream:
            pass
        call = stream.get_final_completion().choices[0].message.tool_calls[0]
    assert call.function.arguments == '{"word":"go","n":0}', call.function.arguments


@step
def structured_outputs():
    reply = client.chat.completions.parse(model="talker", messages=messages, response_format=Band)
    assert reply.choices[0].message.parsed == Band(band=3, reasons=["clear", "short"])
    with client.chat.completions.stream(model="talker", messages=messages, response_format=Band) as stream:
        for _ in stream:
            pass
        assert stream.get_final_completion().choices[0].message.parsed.band == 3
    reply = client.chat.completions.create(
        model="org/stubborn", messages=messages, response_format={"type": "json_object"}
    )
    assert reply.choices[0].message.content == '{"band":3}'


@step
def completions():
    reply = client.completions.create(model="filler", prompt="a", suffix="b", max_tokens=4)
    assert reply.choices[0].text == "<a|b|4>!"
    text = "".join(c.choices[0].text for c in client.completions.create(model="filler", prompt="a", stream=True))
    assert text == "<a|-|16>!", text


@step
def embeddings():
    # The client asks for base64 by itself, and gives numbers.
    reply = client.embeddings.create(model="vectors", input=["four", "x"])
    assert [list(entry.embedding) for entry in reply.data] == [[4.0, 0.5, -0.25], [1.0, 0.5, -0.25]]
    reply = client.embeddings.create(model="vectors", input="four", encoding_format="float")
    assert reply.data[0].embedding == [4.0, 0.5, -0.25]


@step
def sound():
    speech = client.audio.speech.create(model="mouth", voice="anna", input="Hello.", response_format="wav").read()
    assert speech[:4] == b"RIFF"
    named = lambda: ("a.wav", io.BytesIO(speech))
    ask = client.audio.transcriptions.create
    assert ask(model="ears", file=named()).text == "Hello.\nGoodbye."
    assert ask(model="ears", file=named(), response_format="text") == "Hello.\nGoodbye.\n"
    assert ask(model="ears", file=named(), response_format="srt").startswith("1\n00:00:00,000")
    assert ask(model="ears", file=named(), response_format="vtt").startswith("WEBVTT")
    verbose = ask(
        model="ears", file=named(), response_format="verbose_json", language="en",
        timestamp_granularities=["word", "segment"],
    )
    assert verbose.words[1].word == "Goodbye." and verbose.segments[1].end == 3.0 and verbose.duration == 3.5


@step
def errors():
    def fails(kind, code, ask):
        try:
            ask()
        except kind as error:
            assert error.code == code, error.code
        else:
            raise AssertionError(kind)

    create = client.chat.completions.create
    fails(openai.NotFoundError, "model_not_found", lambda: create(model="no", messages=messages))
    fails(openai.BadRequestError, "unsupported_value", lambda: create(model="talker", messages=messages, n=2))
    fails(openai.InternalServerError, "model_unavailable", lambda: create(model="refusing", messages=messages))
    wrong = client.with_options(api_key="sk-of-somebody-else").chat.completions.create
    fails(openai.AuthenticationError, "invalid_api_key", lambda: wrong(model="talker", messages=messages))
    mp3 = lambda: client.audio.speech.create(model="mouth", voice="anna", input="Hi", response_format="mp3")
    fails(openai.BadRequestError, "unsupported_value", mp3)


print("openai", openai.__version__ + ":", ", ".join(done))
