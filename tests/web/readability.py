"""How hard an English text is to read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SENTENCE = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[A-Z0-9“\"(])")
_WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?")
_SOURCE = re.compile(r"^S\d+[a-z]?: |https?://")
"""A source is named as its authors named it."""

_FEWEST = 5
"""A block of fewer words is a label; counting it as a sentence would flatter the page."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The sentences of a page, and the school grade that they need."""

    sentences: tuple[str, ...]
    grade: float

    @property
    def words(self) -> int:
        """Return how many words there are."""
        return sum(len(words_in(sentence)) for sentence in self.sentences)

    def long(self, *, words: int) -> list[str]:
        """Return the sentences with more than so many words up to a stop or a semicolon."""
        return [s for s in self.sentences if max(map(_length, s.split("; "))) > words]


def reading_of(blocks: Iterable[str]) -> Reading:
    """Return the reading of a page whose text comes in blocks.

    The grade is that of Kincaid, Fishburne, Rogers and Chissom (1975), "Derivation of new
    readability formulas for Navy enlisted personnel", Research Branch Report 8-75:
    0.39 words per sentence + 11.8 syllables per word - 15.59.
    """
    sentences = tuple(
        sentence
        for block in blocks
        if not _SOURCE.search(block)
        for sentence in _SENTENCE.split(block)
        if len(words_in(sentence)) >= _FEWEST
    )
    words = [word for sentence in sentences for word in words_in(sentence)]
    if not words:
        return Reading((), 0.0)
    syllables = sum(map(syllables_in, words))
    grade = 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59
    return Reading(sentences, grade)


def words_in(text: str) -> list[str]:
    """Return the words of a text, without numbers."""
    return _WORD.findall(text)


def _length(text: str) -> int:
    return len(words_in(text))


def syllables_in(word: str) -> int:
    """Return about how many syllables a word has: its groups of vowels, less a silent e."""
    plain = re.sub(r"['’].*", "", word.lower())
    plain = re.sub(r"(?:(?<=[^aeiouyl])(?:e|es)|(?<=[^aeiouytd])ed)$", "", plain)
    plain = re.sub(r"(?<=[aeiou])le$", "l", plain)
    groups = re.findall(r"[aeiouy]+", plain)
    split = len(re.findall(r"ia(?!n)|io(?!n|us)|iu|(?<!p)eo|ei(?=ng)|[^q]ua|ism$", plain))
    return max(len(groups) + split, 1)
