"""Renders Templates/*.jinja with conversations.json, and each line of snippets.txt, by jinja2 as transformers sets it up.

Run in this folder (Debian 12: apt-get install python3-jinja2): /usr/bin/python3 make_chat_goldens.py
Made with jinja2 3.1.2, Python 3.11. Writes chat.rendered.json and snippets.rendered.json.
"""
import datetime
import json
import pathlib

import jinja2
import jinja2.ext
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

NOW = datetime.datetime(2031, 2, 3, 16, 5, 6)


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_run"), [], [], body).set_lineno(line)

    def _run(self, caller):
        return caller()


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError("raised: " + message)


env = ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", Generation])
env.filters["tojson"] = tojson
env.filters["from_json"] = json.loads
env.globals["raise_exception"] = raise_exception
env.globals["strftime_now"] = NOW.strftime


def render(source, case):
    values = dict(messages=case["messages"], tools=case.get("tools"), documents=None,
                  add_generation_prompt=case.get("add_generation_prompt", False), bos_token="<bos>", eos_token="<eos>")
    values.update(case.get("extra", {}))
    try:
        return {"expected": env.from_string(source).render(**values)}
    except Exception as error:
        text = str(error)
        return {"raised": text[8:]} if text.startswith("raised: ") else {"refused": f"{type(error).__name__}: {text}"}


here = pathlib.Path(__file__).parent
conversations = json.loads((here / "conversations.json").read_text(encoding="utf-8"))
rows = [dict(template=path.stem, conversation=name, **render(path.read_bytes().decode("utf-8"), case))
        for path in sorted((here / "Templates").glob("*.jinja")) for name, case in conversations.items()]
case = {"messages": [{"role": "user", "content": "x"}]}
lines = [line for line in (here / "snippets.txt").read_text(encoding="utf-8").split("\n") if line]
for name, content in [("chat", rows), ("snippets", [dict(source=line, **render(line, case)) for line in lines])]:
    text = "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in content) + "\n]\n"
    (here / f"{name}.rendered.json").write_text(text, encoding="utf-8")
    print(name, len(content), sum("expected" in row for row in content), "rendered")
