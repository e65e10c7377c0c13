print("provender")
