package Bench::Memory; sub run {} 1;
