"""The platform's wall clock as the rule book tells it (section 14), written anew for the model."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Los_Angeles")
SECOND = timedelta(seconds=1)


def _utc(naive: datetime) -> datetime:
    return naive.replace(tzinfo=ZONE).astimezone(UTC)


def days_later(at: datetime, days: int) -> datetime:
    """The same wall-clock time so many calendar days later."""
    return _utc(at.astimezone(ZONE).replace(tzinfo=None, fold=0) + timedelta(days=days))


def day_end(at: datetime) -> datetime:
    """23:59:59 of the wall's date at an instant."""
    return _utc(datetime.combine(at.astimezone(ZONE).date(), time(23, 59, 59)))


def within_days(start: datetime, days: int) -> datetime:
    """SHP-1: the end of the day of (start + N days - 1 second)."""
    return day_end(days_later(start, days) - SECOND)


def date_end_after(at: datetime, days: int) -> datetime:
    """The end of the date so many days after the date of an instant."""
    date = at.astimezone(ZONE).date() + timedelta(days=days)
    return _utc(datetime.combine(date, time(23, 59, 59)))


def over(now: datetime, due: datetime) -> bool:
    """Whether the last good second has run out."""
    return now >= due + SECOND
