module lab

go 1.22
