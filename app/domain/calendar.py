"""The platform's calendar (section 14): days and ends of days on its wall clock, last good seconds."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)
WEEK, WORKING_DAYS = 7, 5
END_OF_DAY = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Dates and days in one zone; every instant given and returned is aware, and returned in UTC."""

    zone: str

    def _wall(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.zone))

    def _instant(self, day: date, clock: time) -> datetime:
        # fold=0: a time that does not exist moves forward by the gap, one that occurs twice is the first
        return datetime.combine(day, clock.replace(tzinfo=None, fold=0), ZoneInfo(self.zone)).astimezone(UTC)

    def date_of(self, at: datetime) -> date:
        """The platform's date at an instant."""
        return self._wall(at).date()

    def plus_days(self, at: datetime, days: int) -> datetime:
        """The same wall-clock time `days` calendar days later."""
        wall = self._wall(at)
        if days == 0:
            return at.astimezone(UTC)
        return self._instant(wall.date() + timedelta(days=days), wall.time())

    def start_of(self, day: date) -> datetime:
        """00:00:00 of a date: its first second."""
        return self._instant(day, time())

    def end_of(self, day: date) -> datetime:
        """23:59:59 of a date: its last good second."""
        return self._instant(day, END_OF_DAY)

    def days_after(self, start: datetime, days: int) -> datetime:
        """The last good second of "within `days` days after `start`" (SHP-1): N days from midnight end N days later,
        a second past midnight gives the whole day after."""
        return self.end_of(self.date_of(self.plus_days(start, days) - SECOND))


def plus_business_days(day: date, days: int) -> date:
    """The date so many business days, Monday to Friday, after a date; a weekend begins like the Friday before it."""
    weekend = max(day.weekday() - WORKING_DAYS + 1, 0)
    friday_at_most = day - timedelta(days=weekend)
    weeks, rest = divmod(friday_at_most.weekday() + days, WORKING_DAYS)
    later = friday_at_most + timedelta(days=weeks * WEEK + rest - friday_at_most.weekday())
    return later if days else day


def last_good_second(at: datetime) -> datetime:
    """An instant as a deadline: deadlines are whole seconds."""
    return at.replace(microsecond=0)


def in_time(at: datetime, due_at: datetime) -> bool:
    """Whether something at `at` is in time for a deadline: until its last good second has run out (section 14)."""
    return at < due_at + SECOND
