"""Comparisons of the chart page with a bare page of its library that draws the same bars."""
