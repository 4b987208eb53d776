// placeholder until the port of the vendor's example stands
