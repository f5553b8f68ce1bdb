"""Charts by TradingView's protocol UDF, under /udf, and the widgets of OpenBB, which speak it."""
