"""Settings of `stockpulse doctor`."""

from db.settings import Settings


class DoctorSettings(Settings, frozen=True, kw_only=True):
    """The outage that an operator wants to survive."""

    outage_hours: int = 72  # longest time without a loader after which nothing is lost
