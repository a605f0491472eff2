"""What a gateway answers, as plain values: frozen, typed, comparable, without protobuf."""
