Interruption.ignoreWriteSignals()
QuickListing.runIfAsked()
ProvenderCommand.start()
