"""The way to a trial: welcome, safety questions, medicines, product, plan, registration."""
