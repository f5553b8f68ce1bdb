"""The checks of `stockpulse doctor`: rules, their queries, and how findings are collected."""
