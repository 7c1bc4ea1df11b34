"""What `stats` knows: a `Summary` of conversations, and its rows.

Of a small dump the events are kept until they are asked for. Of a large one they go into columns,
which take some time to start; what no column can hold, a leap second say, is kept beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import total_ordering
from heapq import merge
from typing import TYPE_CHECKING, Any

from cevents.conversations import COUNTS, Batch, Conversation, Key, Row, add_to
from cevents.events import id_order

if TYPE_CHECKING:
    from cevents.columns import Columns

#: Events for which columns pay.
_MANY = 8192


class Summary:
    """Conversations, and the *other* events by name. Merges in any grouping; a new one is empty."""

    def __init__(self) -> None:
        self.other: dict[str, int] = {}
        self._early: list[Batch] = []
        self._count = 0  # of the events in them
        self._columns: Columns | None = None
        self._beside: dict[Key, Conversation] = {}
        self._apart: dict[Key, Conversation] | None = None

    def add(self, batch: Batch) -> None:
        """Add events. Raises TypeError or ValueError, and adds nothing, if any is no good."""
        self._apart = None
        if not batch.times:
            return
        if self._columns is not None:
            self._put(self._columns, batch)
            return
        batch.check()
        self._early.append(batch)
        self._count += len(batch.times)
        if self._count >= _MANY:
            self._start_columns()

    def add_other(self, name: str, count: int) -> None:
        """Count events that are about no conversation."""
        self.other[name] = self.other.get(name, 0) + count

    def compact(self) -> None:
        """Make it small before it travels."""
        if self._columns is not None:
            self._columns.compact()

    def merge(self, summary: Summary) -> None:
        """Add another summary to this one. Associative; an empty Summary is its identity."""
        self._apart = None
        if summary._columns is not None:
            columns = self._columns or self._start_columns()
            left = columns.merge(summary._columns)
            self._put_beside(summary._columns.in_full(left))
        for batch in summary._early:
            self.add(batch)
        self._put_beside(summary._beside)
        for name, count in summary.other.items():
            self.add_other(name, count)

    def with_(self, summary: Summary) -> Summary:
        """Return the two merged, in the memory of one of them: neither is to be used any more."""
        if not (self.other or self._early or self._columns):
            return summary
        self.merge(summary)
        summary._columns = None  # whoever still has it need not keep its memory
        return self

    def _start_columns(self) -> Columns:
        from cevents.columns import Columns

        self._columns = Columns()
        early, self._early = self._early, []
        for batch in early:
            self._put(self._columns, batch)
        return self._columns

    def _put(self, columns: Columns, batch: Batch) -> None:
        odd = columns.add(batch)
        if odd:
            add_to(self._beside, batch.only(odd))

    def _put_beside(self, conversations: dict[Key, Conversation]) -> None:
        for key, conversation in conversations.items():
            self._beside.setdefault(key, Conversation()).merge(conversation)

    def __len__(self) -> int:
        """Return how many conversations there are."""
        listed = self._columns.count - len(self._known()) if self._columns else 0
        return len(self._in_full()) + listed

    @property
    def accounts(self) -> set[str | None]:
        """The root accounts of the conversations, None where one is not known."""
        found = {account for account, _ in self._in_full()}
        return found.union(self._columns.homes() if self._columns else ())

    def totals(self) -> dict[str, int]:
        """Return the sums of the columns that can be summed up: authors cannot."""
        columns = self._columns
        sums = columns.totals(self._known()) if columns else dict.fromkeys(COUNTS, 0)
        for key, conversation in self._in_full().items():
            row = conversation.row(key)
            sums = {name: total + getattr(row, name) for name, total in sums.items()}
        return {name: total for name, total in sums.items() if name != "authors"}

    def rows(self, column: str = "messages", reverse: bool = False) -> Iterator[Row]:
        """Yield a row for each conversation by *column*, ties by conversation and account.

        Conversations that have no such value come last.
        """
        key = _order(column, reverse)
        rows = sorted((talk.row(name) for name, talk in self._in_full().items()), key=key)
        if self._columns is None:
            return iter(rows)
        listed = self._columns.rows(column, reverse, self._known())
        return merge(rows, listed, key=key) if rows else listed

    def _in_full(self) -> dict[Key, Conversation]:
        """Return the conversations that are not in the columns alone."""
        if self._apart is None:
            self._apart = {}
            for batch in self._early:
                add_to(self._apart, batch)
            for key, beside in self._beside.items():
                self._apart[key] = Conversation()
                self._apart[key].merge(beside)
            if self._columns is not None:
                for key, conversation in self._columns.in_full(self._known()).items():
                    self._apart[key].merge(conversation)
        return self._apart

    def _known(self) -> list[int]:
        """Return the indexes in the columns of what `_in_full` has."""
        found = self._columns.indexes(self._in_full()) if self._columns else []
        return [index for index in found if index >= 0]


@total_ordering
class _Down:
    """Sorts the other way round."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Down) and self.value == other.value

    def __lt__(self, other: _Down) -> bool:
        return bool(other.value < self.value)


def _order(column: str, reverse: bool) -> Callable[[Row], Any]:
    """Return a key that sorts rows by *column*, as `Summary.rows` says."""
    is_id, down = column.endswith("_id"), (column in COUNTS) is not reverse

    def key(row: Row) -> Any:
        value = getattr(row, column)
        account = row.root_account_id
        ties = id_order(row.conversation_id), account is not None, account or ""
        if value is None:
            return True, None, ties
        value = id_order(value) if is_id else value
        return False, _Down(value) if down else value, ties

    return key
