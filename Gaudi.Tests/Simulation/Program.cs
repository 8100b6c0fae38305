Console.WriteLine("gaudi-simulate");
