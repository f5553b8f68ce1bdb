"""Files of ticks: opened whatever they are packed in, read by layout, published."""
