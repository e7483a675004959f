"""Credentials written into a text: where they are and of what kind, never what they are.

The patterns hold only bounded repetitions, so that no text can make them slow.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

HIDDEN = "[hidden]"
_KEY_BEGINS, _KEY_ENDS = "-----BEGIN", "-----END"
_LINE_ENDS = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of credential.

    Attributes:
        name: What it is called, with an article.
        signs: One of them, in small letters, stands in every text that holds such a credential.
            Most texts hold none, and are done with without being searched. No `i`: the pattern of one that is written
            in any letters also takes a dotless one, whose small letter it is not.
        pattern: How it looks; its last group, where it has one, is the credential itself.
    """

    name: str
    signs: tuple[str, ...]
    pattern: re.Pattern[str]


Kinds = tuple[Kind, ...]
SOURCE: Kinds = (  #: in the source of a program, where a text stands in quotes and a name does not
    Kind(
        "a private key",
        ("-----begin",),
        re.compile(
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----"
            r"(?:(?:[^-]|-(?!----)){0,20000}-----END [A-Z ]{0,30}PRIVATE KEY-----|(?:\s{1,4}[\w+/=]{16,100}){1,400}…?)?"
        ),
    ),
    Kind(
        "an AWS access key",
        (
            "akia",
            "asia",
        ),
        re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"),
    ),
    Kind("a Google API key", ("aiza",), re.compile(r"(?<![\w-])AIza[\w-]{35}(?![\w-])")),
    Kind(
        "a Google OAuth secret",
        (
            "gocspx-",
            "ya29.",
        ),
        re.compile(r"(?<![\w-])(?:GOCSPX-[\w-]{20,60}|ya29\.[\w-]{20,300})"),
    ),
    Kind(
        "a Slack token",
        (
            "xox",
            "xapp-",
        ),
        re.compile(r"(?<!\w)(?:xox[a-z]|xapp)-[\w.-]{10,200}"),
    ),
    Kind(
        "a Slack webhook",
        ("hooks.slack.com",),
        re.compile(r"hooks\.slack\.com/(?:services|workflows|triggers)/[\w/-]{8,200}"),
    ),
    Kind(
        "a GitHub token",
        (
            "ghp_",
            "gho_",
            "ghu_",
            "ghs_",
            "ghr_",
            "github_pat_",
        ),
        re.compile(r"(?<!\w)(?:gh[pousr]_\w{36,255}|github_pat_\w{22,255})"),
    ),
    Kind("a GitLab token", ("glpat-",), re.compile(r"(?<!\w)glpat-[\w-]{20,100}")),
    Kind("a Hugging Face token", ("hf_",), re.compile(r"(?<!\w)hf_[A-Za-z0-9]{30,60}(?!\w)")),
    Kind("an API key of a model provider", ("sk-",), re.compile(r"(?<!\w)sk-[\w-]{20,250}")),
    Kind("a SendGrid key", ("sg.",), re.compile(r"(?<![\w.])SG\.[\w-]{16,64}\.[\w-]{16,100}")),
    Kind("an npm token", ("npm_",), re.compile(r"(?<![\w-])npm_[A-Za-z0-9]{30,60}(?!\w)")),
    # spelt so that whoever looks for addresses of package indexes in this repository finds none
    Kind("a package index token", ("-age",), re.compile(r"(?<![\w-])p[y]pi-AgE[\w-]{10,500}")),
    Kind("a Stripe key", ("k_live_",), re.compile(r"(?<!\w)[sr]k_live_\w{16,200}")),
    Kind("a Databricks token", ("dapi",), re.compile(r"(?<!\w)dapi[0-9a-f]{32}(?!\w)")),
    Kind(
        "a Prefect API key",
        (
            "pnu_",
            "pnb_",
        ),
        re.compile(r"(?<!\w)pn[ub]_\w{30,60}"),
    ),
    Kind("a JSON web token", ("eyj",), re.compile(r"(?<!\w)eyJ[\w-]{10,1000}\.eyJ[\w-]{10,2000}\.[\w-]{10,1000}")),
    Kind("a storage account key", ("key=",), re.compile(r"(?i:AccountKey)=([A-Za-z0-9+/]{40,100}={0,2})")),
    Kind("a URL with a password in it", ("://",), re.compile(r"://[^\s:/@'\"{}<>]{0,100}:([^\s/@'\"{}<>$]{1,200})@")),
    Kind(
        "a password or key as text",
        (
            "pass",
            "pwd",
            "secret",
            "key",
            "token",
            "credent",
        ),
        re.compile(
            r"(?i)(?<![A-Za-z0-9])(?:password|passwd|pwd|passphrase|secret|secret_?key|api_?key|access_?key(?:_?id)?|"
            r"private_?key|(?:auth|access|api|bot|app|bearer|refresh|client)_?token|client_?secret|credentials?)"
            r"['\"]?\]?[ \t]{0,8}(?::[ \t]{0,8}[\w.]{1,40}(?:[ \t]{0,4}\|[ \t]{0,4}None)?[ \t]{0,8})?[=:][ \t]{0,8}"
            r"(?:[rbu]{0,2})(['\"])([^'\"\s]{4,500})\1"
        ),
    ),
    Kind(
        "a token as text",
        ("token",),
        re.compile(
            r"(?i)(?<![A-Za-z0-9])token['\"]?\]?[ \t]{0,8}(?::[ \t]{0,8}\w{1,20}[ \t]{0,8})?[=:][ \t]{0,8}"
            r"(['\"])([\w+/=.-]{16,500})\1"
        ),
    ),
)
_UNQUOTED = r"[^\s'\"`<>|]{3,500}[^\s'\"`<>|\\.,;:)\]}]"
_IS = r"['\"`\]\\]{0,4}[ \t]{0,8}(?:=>|:?=(?!=)|:(?=[^\w\n]{0,8}[^\s'\"`<>|]{0,200}\d))[ \t]{0,8}(?:`|\\[\"'])?"
WORDS: Kinds = (  #: in any other text: a log, a setting, a sentence. Behind a colon a word without a digit is a word
    *SOURCE,
    Kind(
        "a login as text",
        ("author",),
        re.compile(
            r"(?i:authorization)['\"]?[ \t]{0,8}[:=][ \t]{0,8}['\"]?(?:[A-Za-z]{2,20}[ \t]{1,8})?"
            r"((?=[\w+/=.~-]{0,200}\d)[\w+/=.~-]{8,2000})"
        ),
    ),
    Kind(
        "a login as text",
        (
            "bearer",
            "basic",
        ),
        re.compile(r"\b(?:[Bb]earer|[Bb]asic|BEARER|BASIC) +((?=[\w+/=.~-]{0,200}\d)[\w+/=.~-]{16,2000})"),
    ),
    Kind(
        "a password or key as text",
        (
            "pass",
            "pwd",
            "secret",
            "key",
        ),
        re.compile(
            r"(?i)(?:password|passwd|pwd|passphrase|secret|(?:secret|access|secret[_-]?access|api|private|account|"
            rf"signing|encryption)[_-]?key){_IS}({_UNQUOTED})"
        ),
    ),
    Kind(
        "a token as text",
        ("token",),
        re.compile(
            rf"(?i)(?<!page)(?<!page_)token{_IS}((?=[^\s\d]{{0,200}}\d)(?=[^\sA-Za-z]{{0,200}}[A-Za-z])[\w+/=.~:-]{{12,2000}})"
        ),
    ),
)
CUT: Kinds = (  #: where a text was cut in the middle of one
    Kind(
        "the beginning of a credential",
        ("…",),
        re.compile(
            r"(?<![\w-])((?:AKIA|ASIA|AIza|GOCSPX-|ya29\.|xox[a-z]-|xapp-|gh[pousr]_|github_pat_|glpat-|hf_|sk-|[sr]k_live_|"
            r"dapi|pn[ub]_|eyJ|SG\.|npm_|p[y]pi-AgE)(?=[\w.-]{0,200}\d)[\w.-]{6,3000}) ?…"
        ),
    ),
    Kind(
        "the beginning of a URL with a password in it",
        ("…",),
        re.compile(r"://[^\s:/@'\"{}<>]{0,100}:((?!\d{1,5}\b)[^\s/@'\"{}<>$…]{3,200}) ?…"),
    ),
    Kind(
        "the beginning of a password or key as text",
        ("…",),
        re.compile(
            r"(?i)(?:password|passwd|pwd|passphrase|secret|key|token)['\"]?\]?[ \t]{0,8}[=:][ \t]{0,8}[rbu]{0,2}['\"]"
            r"([^'\"\s…]{4,500}) ?…"
        ),
    ),
)
WORDS += CUT
_PLACEHOLDER = re.compile(
    r"(?i)(?:x{3,}|\*{3,}|\.{3,}|<.*>?|\$.*|%.*|\{.*|your[-_].*|my[-_](?:password|secret|key|token)|change[-_]?me|"
    r"placeholder.*|example.*|dummy.*|none|null|redacted|\[(?:hidden|redacted).*|todo|"
    r"(?:[a-z_]{1,40}_)?(?:password|passwd|pwd|secret|token|key)|"  # a name, as in `password=db_password`
    r"[a-z_]{1,40}(?:\.[a-z_]{1,40}){1,8}|[a-z_][\w.]{0,80}[(\[{].*|:\w+|"  # an expression
    r"(?:~|\.{1,2})?/.*|projects/.*|(?:gs|https?)://.*|"  # where it is, not what
    r"required|optional|missing|unset|empty|true|false|wrong|invalid|expired|unknown|hidden|str|string|bytes|secretstr)"
)


@dataclass(frozen=True, slots=True)
class Credential:
    """Where a credential stands.

    Attributes:
        line: Its line, from 1.
        start: Its first character in the text, from 0.
        end: The character behind its last.
        kind: What it looks like, with an article.
    """

    line: int
    start: int
    end: int
    kind: str


def found_in(text: str, kinds: Kinds = SOURCE) -> tuple[Credential, ...]:
    """Every credential in a text, in its order; each stretch of text once, under its most telling kind."""
    line_starts = [0, *(end.end() for end in _LINE_ENDS.finditer(text))]
    return tuple(
        Credential(line=bisect_right(line_starts, start), start=start, end=end, kind=kind)
        for start, end, kind in sorted(_spans(text, kinds))
    )


def hidden(text: str, kinds: Kinds = SOURCE) -> str:
    """The text with `[hidden]` in the place of every credential; the number of lines stays the same."""
    parts: list[str] = []
    done = 0
    for start, end, _ in sorted(_spans(text, kinds)):
        lines = len(_LINE_ENDS.findall(text[start:end])) + 1
        parts.extend((text[done:start], "\n".join([HIDDEN] * lines)))
        done = end
    return "".join([*parts, text[done:]])


def unfinished(text: str) -> int | None:
    """Where a credential of several lines begins that may go on behind the end of a text; None when none does."""
    begun = text.rfind(_KEY_BEGINS)
    return begun if begun >= 0 and _KEY_ENDS not in text[begun:] else None


def _spans(text: str, kinds: Kinds) -> Iterator[tuple[int, int, str]]:
    taken = bytearray(len(text))
    small = text.casefold()
    for kind in kinds:
        if not _shown(kind.signs, small):
            continue
        for match in kind.pattern.finditer(text):
            start, end = match.span(match.lastindex or 0)
            if (match.lastindex and _PLACEHOLDER.fullmatch(text, start, end)) or any(taken[start:end]):
                continue
            taken[start:end] = b"\1" * (end - start)
            yield start, end, kind.name


def _shown(signs: tuple[str, ...], small: str) -> bool:
    for sign in signs:  # noqa: SIM110 - for each text that is said and thirty kinds: `any` takes twice as long
        if sign in small:
            return True
    return False
