Interruption.ignoreWriteSignals()
ProvenderCommand.start()
