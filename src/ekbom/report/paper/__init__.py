"""What is printed: labels, slips, packing list, emergency papers, instructions, shopping list."""
