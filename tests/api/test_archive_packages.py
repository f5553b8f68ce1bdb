"""An API with a warehouse and without the packages that read it."""

import pytest

from api.app import create_app
from api.archived import packages
from api.settings import ApiSettings
from db.errors import SettingsError


def test_a_warehouse_without_the_packages_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda _name: None)
    with pytest.raises(SettingsError, match=r"pip install 'stockpulse\[archive\]'"):
        create_app(ApiSettings(warehouse="/archive"))
    create_app(ApiSettings())
