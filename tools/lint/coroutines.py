"""Keeps co_await to the statements that g++ 12 compiles rightly.

g++ 12.1 and 12.2 turn many forms of co_await into wrong code without a word: double frees, use
after free, coroutines whose body is never entered. Four forms are safe, and they read best too:

    co_await x;    const T v = co_await x;    v = co_await x;    co_return co_await x;

each possibly behind `if (condition)`, `else` or `case`, where x is a call with plain arguments or a
name. Everything else is refused, also where it would happen to work.
"""

import re

from source import ROOT, code_only, files, finish, line_of

_GUARD = re.compile(r"(?:else\b|(?:else )?if (?:constexpr )?@|case [\w:]+ ?:(?!:)|default ?:)\s*")
_FORMS = "co_await x; const T v = co_await x; v = co_await x; co_return co_await x;"
_FORM = re.compile(
    r"(?:const [\w:]+[*]? \w+ = |[\w:.]+ = |co_return )?co_await (?P<operand>.+)"
)
_OPERAND = re.compile(r"[\w:]+@?(?:\.\w+@?)*")
_HEADER = re.compile(
    r"\b(?:if|while|for|switch)\s*(?:constexpr\s*)?\((?:[^()]|\([^()]*\))*\bco_await\b"
)
_MACRO = re.compile(r"^[ \t]*#[ \t]*define\b(?:.*\\\n)*.*\bco_(?:await|yield)\b", re.M)
_LAMBDA_COROUTINE = re.compile(r"\]\s*(?:\([^()]*\))?[\s\w]*->\s*(?:\w+::)*Task\b")
_STATEMENT_EXPRESSION = re.compile(r"(?:^|[^\w>\])\s]|\breturn|\bco_return)\s*\(\s*\{")


def check(text):
    """Yields (line, what is wrong) for every statement of a file that the rules refuse."""
    code = code_only(text)
    for match in _MACRO.finditer(code):
        yield line_of(code, match.start()), "a macro hides a co_await"
    for match in _LAMBDA_COROUTINE.finditer(code):
        yield line_of(code, match.start()), "a lambda is a coroutine; make it a member function"
    for match in _STATEMENT_EXPRESSION.finditer(code):
        yield line_of(code, match.end()), "a statement expression; g++ 12 cannot compile one"
    for match in re.finditer(r"\bco_yield\b|\boperator\s+co_await\b", code):
        yield line_of(code, match.start()), f"{match[0]} is not used here"

    seen = set()
    for match in re.finditer(r"(?<!operator )\bco_await\b", code):
        start, end = _statement_around(code, match.start())
        complaint = None if start in seen else _complaint(code[start:end])
        seen.add(start)
        if complaint:
            yield line_of(code, match.start()), complaint


def _statement_around(code, offset):
    """The bounds of the statement at `offset`: from the last ; { } outside ( ) to the next ;."""
    start, depth = 0, 0
    for at, char in enumerate(code[:offset]):
        if char == "(":
            depth += 1
        elif char == ")":
            depth = max(depth - 1, 0)
        elif char in ";{}" and depth == 0:
            start = at + 1
    end = offset
    while end < len(code) and (code[end] != ";" or depth > 0):
        depth += {"(": 1, ")": -1}.get(code[end], 0)
        end += 1
    return start, end


def _complaint(statement):
    """Why `statement`, which holds a co_await, is refused, or None."""
    if _HEADER.search(statement):
        return "co_await in a condition or loop header; g++ 12 may never enter the coroutine's body"
    if re.search(r"\bauto\s*&{0,2}\s*\[", statement):
        return "structured binding of a co_await; name the result, then bind to it"
    if re.search(r"[{}]", statement):
        return "brace or lambda in a statement with co_await; name the value on the line before"
    if "?" in statement:
        return "?: in a statement with co_await; name the value on the line before"

    form = _FORM.fullmatch(_GUARD.sub("", _condense(statement)))
    if not form:
        return f"co_await stands only in: {_FORMS}"
    if re.search(r"\bco_await\b", form["operand"]):
        return "more than one co_await in a statement"
    if not _OPERAND.fullmatch(form["operand"]):
        return "the operand of co_await is a call with plain arguments, or a name"
    return None


def _condense(statement):
    """`statement` in one line, each group of parentheses as @ unless it awaits, without <...>."""
    text = " ".join(statement.replace("->", ".").replace("template ", "").split())
    awaits = re.compile(r"\bco_await\b")
    for pattern, short in ((r" ?\(([^()]*)\)", "@"), (r"<([^<>]*)>", "")):
        before = None
        while before != text:
            before = text
            text = re.sub(pattern, lambda m: m[0] if awaits.search(m[1]) else short, text)
    return re.sub(r"\b(if|constexpr)@", r"\1 @", text)


def main():
    """Checks the handshake and every other file that awaits."""
    findings = []
    for path in files("src/*.h", "src/*.cc", "tests/*.h", "tests/*.cc"):
        text = path.read_text()
        if "co_await" in text or path.is_relative_to(ROOT / "src/handshake"):
            findings += [(path, line, message) for line, message in check(text)]
    finish(findings)


if __name__ == "__main__":
    main()
