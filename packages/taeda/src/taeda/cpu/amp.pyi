from taeda._device_amp.cpu import *
